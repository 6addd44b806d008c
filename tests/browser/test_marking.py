"""Each tool, the pointer's ways over the canvas, and the keys that hold."""

from collections.abc import Iterator

import pytest
from tests.browser.conftest import Studio, picture


@pytest.fixture
def opened(studio: Studio) -> Iterator[Studio]:
    studio.open(picture())
    yield studio


def test_each_tool_marks_and_undo_takes_it_back(opened: Studio) -> None:
    keys = opened.page.keyboard
    keys.press("r")
    opened.stroke((-100, -50), (100, 50))
    assert opened.painted() == pytest.approx(200 * 100, rel=0.02)
    keys.press("e")
    opened.stroke((-120, 0), (120, 0))
    less = opened.painted()
    assert 0 < less < 200 * 100 - 200 * 10
    keys.press("Control+z")
    opened.settled()
    assert opened.painted() == pytest.approx(200 * 100, rel=0.02)
    keys.press("Delete")
    opened.settled()
    assert opened.painted() == 0
    keys.press("l")
    opened.stroke((-100, -50), (100, -50), (100, 50), (-100, 50))
    assert opened.painted() == pytest.approx(200 * 100, rel=0.05)
    keys.press("Delete")
    keys.press("p")
    for x, y in ((-100, -50), (100, -50), (100, 50)):
        opened.page.mouse.click(*opened.at(x, y))
    keys.press("Enter")
    opened.settled()
    assert opened.painted() == pytest.approx(100 * 100, rel=0.05)
    keys.press("i")
    opened.settled()
    assert opened.painted() == pytest.approx(640 * 427 - 100 * 100, rel=0.02)


def test_alt_takes_away_and_shift_draws_a_line(opened: Studio) -> None:
    page = opened.page
    opened.stroke((-100, 0), (-100, 0))
    dot = opened.painted()
    page.keyboard.down("Shift")
    page.mouse.click(*opened.at(100, 0))
    page.keyboard.up("Shift")
    opened.settled()
    line = opened.painted()
    assert line > dot + 150 * 15
    page.keyboard.down("Alt")
    opened.stroke((-150, 0), (150, 0))
    page.keyboard.up("Alt")
    assert opened.painted() < line / 10


def test_a_stroke_that_leaves_the_canvas_keeps_the_mask(opened: Studio) -> None:
    page = opened.page
    page.mouse.move(*opened.at(0, 0))
    page.mouse.down()
    page.mouse.move(*opened.at(-200, 0), steps=5)
    page.mouse.move(-50, 20, steps=5)
    page.mouse.move(*opened.at(-200, 40), steps=5)
    page.mouse.up()
    opened.settled()
    assert opened.painted() > 200 * 15
    page.keyboard.press("Control+z")
    opened.settled()
    assert opened.painted() == 0


def test_the_wheel_zooms_at_the_pointer_and_ctrl_sizes_the_brush(opened: Studio) -> None:
    page = opened.page
    page.mouse.move(*opened.at(0, 0))
    before = page.locator(".percent").inner_text()
    page.mouse.wheel(0, -240)
    opened.settled()
    assert page.locator(".percent").inner_text() != before
    opened.wait_for_ball()
    size = int(page.locator(".brush-size output").inner_text())
    page.keyboard.down("Control")
    page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    opened.settled()
    assert int(page.locator(".brush-size output").inner_text()) > size
    page.keyboard.press("0")
    opened.settled()
    assert page.locator(".percent").inner_text() == before


def test_space_moves_the_picture_in_the_middle_of_a_stroke(opened: Studio) -> None:
    page = opened.page
    page.mouse.move(*opened.at(0, 0))
    page.mouse.down()
    page.mouse.move(*opened.at(30, 0), steps=4)
    opened.settled()
    before = opened.painted()
    page.keyboard.down("Space")
    page.mouse.move(*opened.at(130, 60), steps=4)
    page.keyboard.up("Space")
    opened.settled()
    assert opened.painted() == pytest.approx(before, rel=0.05)
    page.mouse.up()
    opened.settled()
    opened.wait_for_ball(False)


def test_no_key_sticks_when_the_window_loses_the_focus(opened: Studio) -> None:
    page = opened.page
    page.keyboard.down("Space")
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    opened.stroke((-60, 0), (60, 0))
    page.keyboard.up("Space")
    assert opened.painted() > 100 * 10


def test_shortcuts_work_after_a_click_on_a_button_and_a_dialog(opened: Studio) -> None:
    page = opened.page
    page.get_by_role("button", name="Rectangle").click()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("b")
    assert page.get_by_role("button", name="Brush").get_attribute("aria-pressed") == "true"
    opened.stroke((-60, 0), (60, 0))
    page.keyboard.press("Control+z")
    opened.settled()
    assert opened.painted() == 0


def test_letters_that_are_typed_are_no_shortcuts(opened: Studio) -> None:
    page = opened.page
    page.get_by_text("Options").click()
    page.get_by_text("Advanced").click()
    words = page.get_by_label("What, in words")
    words.press_sequentially("lerp")
    assert page.get_by_role("button", name="Brush").get_attribute("aria-pressed") == "true"
    assert words.input_value() == "lerp"


def test_tab_held_shows_the_original_and_tab_tapped_moves_on(opened: Studio) -> None:
    page = opened.page
    opened.stroke((-40, 0), (40, 0))
    page.keyboard.press("Enter")
    opened.erased()
    opened.wait_for_ball(False)
    page.keyboard.down("Tab")
    page.get_by_text("Original", exact=True).first.wait_for()
    page.locator(".peeking").wait_for()
    opened.settled()
    opened.wait_for_ball()
    page.keyboard.up("Tab")
    page.locator(".peeking").wait_for(state="detached")
    opened.settled()
    opened.wait_for_ball(False)
    assert page.evaluate("document.activeElement.classList.contains('canvas')")
    page.keyboard.press("Tab")
    assert not page.evaluate("document.activeElement.classList.contains('canvas')")


def test_two_fingers_move_and_zoom_and_do_not_paint(opened: Studio) -> None:
    page = opened.page
    before = page.locator(".percent").inner_text()
    opened.canvas.evaluate(
        """(canvas) => {
          const box = canvas.getBoundingClientRect()
          const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
          canvas.setPointerCapture = () => {}
          const send = (name, id, dx) => canvas.dispatchEvent(new PointerEvent(name, {
            pointerId: id, pointerType: "touch", clientX: x + dx, clientY: y, bubbles: true, cancelable: true,
          }))
          send("pointerdown", 11, -40); send("pointerdown", 12, 40)
          for (let far = 40; far <= 120; far += 10) {
            send("pointermove", 11, -far)
            send("pointermove", 12, far)
          }
          send("pointerup", 11, -120); send("pointerup", 12, 120)
        }"""
    )
    opened.settled()
    assert page.locator(".percent").inner_text() != before
    assert opened.painted() == 0
