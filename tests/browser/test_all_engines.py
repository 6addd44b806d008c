"""One mask by every engine: with name and time, cancelled, reloaded, one failing, times seeds."""

import contextlib
import re
from typing import Any

import pytest
from tests.browser.conftest import Studio, picture
from tests.browser.test_edits import options, run
from tests.browser.test_troubles import kept

FAST = ("patchmatch", "telea")


def begin(studio: Studio) -> Any:
    """Mark the ball and ask for all; the view of them."""
    studio.open(picture("PNG"), "meadow.png", "image/png")
    studio.stroke((-40, 0), (40, 0))
    options(studio)
    ask(studio)
    return view(studio)


def ask(studio: Studio) -> None:
    studio.page.get_by_role("button", name=re.compile(r"^Try all \d+ engines$")).click()


def view(studio: Studio) -> Any:
    found = studio.page.get_by_role("region", name="Every engine side by side")
    found.wait_for()
    return found


def cell(shown: Any, name: str) -> Any:
    return shown.locator("li").filter(has_text=name)


def done(shown: Any, name: str) -> Any:
    """The button of what one has made."""
    made = cell(shown, name).get_by_role("button")
    made.first.wait_for()
    return made


def all_but_patient(studio: Studio) -> Any:
    """Begin, and wait until one engine alone has not ended."""
    shown = begin(studio)
    for name in FAST:
        done(shown, name)
    cell(shown, "failing").get_by_text("failed", exact=True).wait_for()
    cell(shown, "patient").get_by_role("progressbar").wait_for()
    return shown


def test_each_comes_as_it_is_made_and_the_one_that_fails_says_why(studio: Studio) -> None:
    shown = begin(studio)
    for name in FAST:
        assert re.fullmatch(rf"{name} · \d+(\.\d)? s", done(shown, name).inner_text())
    failed = cell(shown, "failing")
    failed.get_by_text("failed", exact=True).wait_for()
    assert failed.get_by_text("The edit failed on the server.").count() == 1, failed.inner_text()
    cell(shown, "patient").get_by_role("progressbar").wait_for()  # the others waited for none of it
    with studio.page.expect_response(lambda reply: reply.request.method == "DELETE") as reply:
        done(shown, "telea").click()
    assert reply.value.status in (200, 202)
    shown.wait_for(state="detached")
    studio.wait_for_ball(False)
    assert studio.results.count() == 1 + len(FAST)
    assert studio.results.nth(0).get_attribute("aria-current") is None
    assert studio.page.get_by_role("button", name="Cancel").count() == 0


def test_all_are_cancelled_and_what_is_made_stays(studio: Studio) -> None:
    page = studio.page
    shown = begin(studio)
    done(shown, "telea")
    cell(shown, "patient").get_by_role("progressbar").wait_for()
    with page.expect_response(lambda reply: reply.request.method == "DELETE") as reply:
        shown.get_by_role("button", name="Cancel all").click()
    assert reply.value.status in (200, 202)
    cell(shown, "patient").get_by_text("cancelled").wait_for()
    assert studio.painted() > 0  # nobody has gone anywhere
    page.keyboard.press("Escape")
    shown.wait_for(state="detached")
    page.get_by_role("button", name="Erase", exact=True).wait_for()
    assert studio.results.count() >= 2


def test_a_reload_in_the_middle_goes_on(studio: Studio) -> None:
    page = studio.page
    shown = all_but_patient(studio)
    kept(studio)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    page.reload()
    shown = view(studio)
    for name in FAST:
        done(shown, name)
    cell(shown, "failing").get_by_text("failed", exact=True).wait_for()
    done(shown, "patient").click()
    shown.wait_for(state="detached")
    assert "POST" not in asked
    assert studio.results.count() == 2 + len(FAST)
    page.get_by_role("button", name="Look at them side by side").click()
    assert page.get_by_role("region", name="Results side by side").locator("li").count() == 1 + len(FAST)


@pytest.mark.parametrize("reloaded", [False, True])
def test_another_picture_ends_them(studio: Studio, reloaded: bool) -> None:
    page = studio.page
    shown = begin(studio)
    for name in FAST:
        done(shown, name)
    cell(shown, "patient").get_by_role("progressbar").wait_for()
    if reloaded:
        kept(studio)
        page.reload()
        shown = view(studio)
        cell(shown, "patient").get_by_role("progressbar").wait_for()
    with (
        page.expect_response(lambda reply: reply.request.method == "DELETE") as reply,
        page.expect_file_chooser() as chooser,
    ):
        page.get_by_role("button", name="Open", exact=True).click()
        chooser.value.set_files({"name": "other.png", "mimeType": "image/png", "buffer": picture("PNG")})
    assert reply.value.status in (200, 202)
    shown.wait_for(state="detached")
    page.get_by_text("other.png").wait_for()
    assert page.get_by_role("button", name="Cancel").count() == 0
    studio.settled()
    studio.stroke((-40, 0), (40, 0))
    page.keyboard.press("Enter")
    studio.erased()
    assert studio.results.count() == 2  # of the other picture alone
    assert page.locator(".notice.is-error").count() == 0


def test_nothing_is_taken_that_comes_after_another_picture(studio: Studio) -> None:
    """A result that is on its way while another picture is opened."""
    page = studio.page
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)

    page.route("**/v1/edits/*/results/*", hold)
    begin(studio)
    while not held:
        page.wait_for_timeout(50)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Open", exact=True).click()
    chooser.value.set_files({"name": "other.png", "mimeType": "image/png", "buffer": picture("PNG")})
    page.get_by_text("other.png").wait_for()
    page.unroute("**/v1/edits/*/results/*")
    for route in held:
        with contextlib.suppress(Exception):  # what was given up is no route any more
            route.continue_()
    page.wait_for_timeout(500)
    assert page.get_by_role("region", name="Every engine side by side").count() == 0
    assert page.locator(".notice.is-error").count() == studio.results.count() == 0
    # The browser's own line for an engine that had ended when it was cancelled
    studio.said = [text for text in studio.said if "409" not in text]


def test_nothing_is_undone_behind_them_and_numbers_are_the_historys(studio: Studio) -> None:
    page = studio.page
    shown = all_but_patient(studio)
    painted = studio.painted()
    page.keyboard.press("Control+z")
    shown.wait_for()
    assert page.get_by_role("button", name="Undo").is_disabled()
    shown.get_by_role("button", name="Cancel all").click()
    page.keyboard.press("Escape")
    shown.wait_for(state="detached")
    assert studio.painted() == painted > 0
    before = studio.results.count()
    page.get_by_label("Results").select_option("2")
    page.get_by_label("Engine", exact=True).select_option("telea")
    run(studio)
    chosen = page.get_by_role("region", name="Results side by side")
    chosen.wait_for()
    names = [text.split(" · ")[0] for text in chosen.locator("li").all_inner_texts()]
    assert names == [f"Result {before}", f"Result {before + 1}"]
    assert names == [text.split("\n")[0].strip() for text in studio.results.all_inner_texts()][before:]


def test_engines_times_seeds_and_again_from_a_result(studio: Studio) -> None:
    page = studio.page
    studio.open(picture("PNG"), "meadow.png", "image/png")
    studio.stroke((-40, 0), (40, 0))
    options(studio)
    page.get_by_label("Engine", exact=True).select_option("telea")
    run(studio)
    studio.erased()
    page.get_by_label("Results").select_option("2")
    sent: list[Any] = []

    def hear(route: Any) -> None:
        if route.request.method == "POST":
            sent.append(route.request.post_data_json)
        route.continue_()

    page.route("**/v1/edits", hear)
    ask(studio)
    shown = view(studio)
    for name in FAST:
        made = done(shown, name)
        assert [re.sub(r".* · ", "", text) for text in made.all_inner_texts()] == ["seed 0", "seed 1"]
    shown.get_by_role("button", name="Cancel all").click()
    assert {(one["parameters"]["engine"], one["count"]) for one in sent} >= {(name, 2) for name in FAST}
    assert len({one["mask"] for one in sent}) == 1


def test_a_limit_is_waited_for(studio: Studio) -> None:
    refused: list[str] = []

    def refuse_once(route: Any) -> None:
        asked = route.request.post_data_json if route.request.method == "POST" else None
        engine = asked and asked["parameters"]["engine"]
        if engine != "telea" or refused:
            route.continue_()
            return
        refused.append(engine)
        error = {"error": {"code": "concurrency-limit", "message": "too many"}}
        route.fulfill(status=429, headers={"Retry-After": "1"}, json=error)

    studio.page.route("**/v1/edits", refuse_once)
    shown = begin(studio)
    done(shown, "telea")
    assert refused == ["telea"]
    shown.get_by_role("button", name="Cancel all").click()
    studio.said = [text for text in studio.said if "429" not in text]
