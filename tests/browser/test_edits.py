"""Every edit from its form; several results, seeds and engines; a part brought back; a reload on the way."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.browser.conftest import SIZE, Studio, picture
from tests.browser.test_erasing import samples
from tests.browser.test_troubles import engine, kept


def run(studio: Studio, name: str = "Erase") -> None:
    studio.page.get_by_role("button", name=name, exact=True).click()


def choose(studio: Studio, title: str) -> None:
    studio.page.locator(".edit-chooser").click()
    studio.page.get_by_role("dialog").get_by_role("button", name=title).click()
    studio.page.get_by_role("dialog").wait_for(state="detached")


def options(studio: Studio) -> None:
    studio.page.get_by_text("Options").click()


def test_every_edit_is_there_and_those_that_cannot_run_say_why(studio: Studio) -> None:
    studio.open(picture())
    known = studio.page.evaluate(
        """async () => {
          const key = sessionStorage.getItem("cleanplate.key")
          const reply = await fetch("/v1/catalogue", {headers: {Authorization: `Bearer ${key}`}})
          return (await reply.json()).edits.map(({name, available}) => [name, available])
        }"""
    )
    known = [(name, able) for name, able in known if name not in ("convert", "patch")]  # see "Save as"
    studio.page.locator(".edit-chooser").click()
    dialog = studio.page.get_by_role("dialog", name="What to do")
    dialog.locator(".edit-card").first.wait_for()
    assert dialog.locator(".edit-card").count() == len(known)
    assert dialog.locator("button.edit-card").count() == sum(able for _, able in known)
    dialog.get_by_text("Colour", exact=True).click()
    dialog.get_by_text("cleanplate models pull ddcolor").wait_for()
    studio.page.keyboard.press("Escape")
    dialog.wait_for(state="detached")


def test_an_edit_of_the_whole_picture_needs_no_mask(studio: Studio) -> None:
    studio.open(picture())
    studio.page.get_by_label("Erase after each stroke").check()
    choose(studio, "Extend")
    studio.stroke((-40, 0), (40, 0))  # of no use to this edit, and begins nothing
    studio.page.get_by_label("To the right").fill("1.5")
    run(studio, "Extend")
    studio.erased()
    studio.page.get_by_role("button", name="Compare").wait_for()
    _, data = studio.saved()
    assert Image.open(io.BytesIO(data)).size == (SIZE[0] * 3 // 2, SIZE[1])
    assert studio.results.count() == 2
    choose(studio, "Erase")
    assert studio.page.get_by_role("button", name="Erase", exact=True).is_disabled()


def test_a_mask_survives_another_edit(studio: Studio) -> None:
    studio.open(picture())
    studio.stroke((-40, 0), (40, 0))
    painted = studio.painted()
    choose(studio, "Replace")
    assert studio.painted() == painted
    run(studio, "Replace")
    studio.erased()
    studio.wait_for_ball(False)


def test_several_results_side_by_side_and_one_is_picked(studio: Studio) -> None:
    page = studio.page
    studio.open(picture("PNG"), "meadow.png", "image/png")
    studio.stroke((-40, 0), (40, 0))
    options(studio)
    page.get_by_label("Results").select_option("3")
    run(studio)
    shown = page.get_by_role("region", name="Results side by side").get_by_role("button", name="Result")
    shown.nth(2).wait_for()
    assert studio.results.count() == 4
    names = [shown.nth(at).inner_text() for at in range(3)]
    assert [name.rsplit(" ", 1)[1] for name in names] == ["0", "1", "2"]
    shown.nth(1).click()
    studio.settled()
    assert studio.results.nth(2).get_attribute("aria-current") == "step"
    page.get_by_role("button", name="Look at them side by side").click()
    shown.nth(2).wait_for()
    page.keyboard.press("Escape")
    shown.first.wait_for(state="detached")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+Shift+z")
    studio.settled()
    assert studio.results.nth(2).get_attribute("aria-current") == "step"
    studio.wait_for_ball(False)


def test_another_engine_on_the_same_mask(studio: Studio) -> None:
    studio.open(picture("PNG"), "meadow.png", "image/png")
    studio.stroke((-40, 0), (40, 0))
    run(studio)
    studio.erased()
    studio.page.get_by_label("Try another engine").select_option("telea")
    studio.erased(2)
    studio.page.get_by_role("button", name="Look at them side by side").click()
    shown = studio.page.get_by_role("region", name="Results side by side").get_by_role("button")
    assert "telea" in shown.nth(2).inner_text()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_part_of_the_original_comes_back_exactly(studio: Studio, kind: str) -> None:
    source = picture(kind)
    studio.open(source, f"meadow.{kind.lower()}", f"image/{kind.lower()}")
    studio.page.keyboard.press("r")
    studio.stroke((-80, -40), (80, 40))
    run(studio)
    studio.erased()
    studio.wait_for_ball(False)
    studio.page.keyboard.press("r")
    studio.stroke((0, -60), (100, 60))
    studio.page.get_by_role("button", name="Bring the original back here").click()
    studio.erased(2)
    assert studio.painted() == 0
    before, after = samples(source), samples(studio.saved()[1])
    middle_y, middle_x = SIZE[1] // 2, SIZE[0] // 2
    scale = studio.page.evaluate(
        "() => Number(document.querySelector('.percent').textContent.match(/\\d+/)[0]) / 100"
    )
    right = middle_x + int(90 / scale)
    back = np.s_[middle_y - 25 : middle_y + 25, middle_x + 4 : right]
    assert (before[back] == after[back]).all()
    left = np.s_[middle_y - 10 : middle_y + 10, middle_x - 26 : middle_x - 10]
    assert (after[left][..., 0] < 200).all()  # the ball's other half stays away
    studio.page.keyboard.press("Control+z")
    studio.settled()
    assert studio.painted() > 0


def test_a_part_comes_back_through_two_edits_and_the_other_stays(studio: Studio) -> None:
    source = picture("PNG")
    studio.open(source, "meadow.png", "image/png")
    studio.page.locator(".brush-size input").fill("60")
    studio.stroke((-160, -150), (-120, -150))
    run(studio)
    studio.erased()
    studio.stroke((-40, 0), (40, 0))
    run(studio)
    studio.erased(2)
    studio.wait_for_ball(False)
    erased = samples(studio.saved()[1])
    studio.page.keyboard.press("r")
    studio.stroke((-90, -60), (90, 60))
    studio.page.keyboard.press("Shift+Enter")
    studio.erased(3)
    studio.wait_for_ball()
    after, before = samples(studio.saved()[1]), samples(source)
    rows = SIZE[1] // 2
    assert (after[rows - 20 : rows + 20, 240:400] == before[rows - 20 : rows + 20, 240:400]).all()
    assert (after[: rows - 70] == erased[: rows - 70]).all()
    assert (after[: rows - 70] != before[: rows - 70]).any()


def test_where_nothing_was_changed_nothing_comes_back(studio: Studio) -> None:
    studio.open(picture("PNG", (3000, 2000)), "meadow.png", "image/png")
    studio.page.locator(".brush-size input").fill("40")
    studio.stroke((-40, 0), (40, 0))
    run(studio)
    studio.erased()
    studio.stroke((-250, -150), (-230, -150))
    studio.page.get_by_role("button", name="Bring the original back here").click()
    studio.page.get_by_text("Nothing was changed here.").wait_for()
    assert studio.painted() > 0


def test_an_edit_goes_on_after_a_reload(studio: Studio) -> None:
    page = studio.page
    studio.open(picture("PNG"), "meadow.png", "image/png")
    studio.stroke((-40, 0), (40, 0))
    painted = studio.painted()
    engine(studio, "patient")
    run(studio)
    page.get_by_text("Erasing").wait_for()
    kept(studio)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    page.reload()
    page.get_by_text("Erasing").wait_for()
    with page.expect_response(lambda reply: reply.request.method == "DELETE") as reply:
        page.get_by_role("button", name="Cancel").click()
    assert reply.value.status in (200, 202)
    assert "POST" not in asked
    page.get_by_role("button", name="Erase", exact=True).wait_for()
    assert studio.painted() == painted
    kept(studio)
    page.reload()
    studio.canvas.wait_for()
    studio.settled()
    assert page.get_by_role("button", name="Cancel").count() == 0


def test_a_result_that_was_made_meanwhile_is_there_after_a_reload(studio: Studio) -> None:
    page = studio.page
    studio.open(picture("PNG"), "meadow.png", "image/png")
    studio.stroke((-40, 0), (40, 0))
    page.route("**/results/**", lambda route: None)  # it never arrives
    run(studio)
    page.get_by_text("Getting the result").wait_for()
    kept(studio)
    page.unroute("**/results/**")
    page.reload()
    studio.erased()
    studio.wait_for_ball(False)


def test_a_place_in_the_queue_is_shown(studio: Studio, context: Any, site: str) -> None:
    studio.open(picture())
    studio.stroke((-40, 0), (40, 0))
    page = studio.page
    waiting = '{"state": "queued", "progress": 0, "position": 3, "eta_ms": 9000}'
    stream = {"content_type": "text/event-stream", "body": f"event: progress\ndata: {waiting}\n\n"}
    page.route("**/v1/edits/*/events", lambda route: route.fulfill(**stream))
    page.route("**/v1/edits/*", lambda route: None if route.request.method == "GET" else route.continue_())
    run(studio)
    page.get_by_text("3 before this one").wait_for()
    page.unroute_all()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Erase", exact=True).wait_for()
    studio.said = [text for text in studio.said if "409" not in text]  # it may have ended meanwhile


def test_all_that_was_marked_is_shown_until_the_next_stroke(studio: Studio) -> None:
    studio.open(picture("PNG"), "meadow.png", "image/png")
    toggle = studio.page.get_by_role("button", name="Show all that was marked so far")
    studio.stroke((-40, 0), (40, 0))
    first = studio.painted()
    run(studio)
    studio.erased()
    studio.stroke((-40, 120), (40, 120))
    run(studio)
    studio.erased(2)
    assert studio.painted() == 0
    toggle.click()
    studio.settled()
    assert studio.painted() > 1.9 * first
    studio.stroke((-100, -120), (-60, -120))
    assert toggle.get_attribute("aria-pressed") == "false"
    assert 0 < studio.painted() < first
