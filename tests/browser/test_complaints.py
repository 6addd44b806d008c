"""What people complain of in other editors, one test each; what other files have is not here again.

A stroke that leaves the canvas, the focus after a dialog: `test_marking`. Undo and redo: `test_erasing`. The
mask on reopening, a second tab, a connection that comes back: `test_troubles`.
"""

import io
from typing import Any, Final

import numpy as np
import pytest
from PIL import Image
from tests.browser.conftest import Studio, picture

KEYS: Final = {"Alt": "AltLeft", "Control": "ControlLeft", "Shift": "ShiftLeft", " ": "Space", "Tab": "Tab"}
LARGE: Final = (8192, 4882)


def press_and_leave(studio: Studio, key: str) -> None:
    """A key goes down, and the window loses the focus before it comes up: nobody is told of that."""
    studio.page.evaluate(
        """([key, code]) => {
          const about = {key, code, bubbles: true, cancelable: true}
          document.activeElement.dispatchEvent(new KeyboardEvent("keydown", about))
          window.dispatchEvent(new Event("blur"))
          window.dispatchEvent(new Event("focus"))
        }""",
        [key, KEYS[key]],
    )


@pytest.mark.parametrize("key", KEYS)
def test_no_key_is_stuck_after_alt_tab(studio: Studio, key: str) -> None:
    page = studio.page
    studio.open(picture())
    studio.stroke((-40, 0), (40, 0))
    page.keyboard.press("Enter")
    studio.erased()
    press_and_leave(studio, key)
    page.wait_for_timeout(300)  # longer than Tab has to be held
    assert page.locator(".peeking").count() == 0
    studio.stroke((-150, 60), (150, 60))
    assert studio.painted() > 280 * 10
    page.mouse.move(*studio.at(0, 0))
    size, before = page.locator(".brush-size output").inner_text(), page.locator(".percent").inner_text()
    page.mouse.wheel(0, -240)
    studio.settled()
    assert page.locator(".brush-size output").inner_text() == size
    assert page.locator(".percent").inner_text() != before


def wheel(studio: Studio, **about: Any) -> None:
    """One step of a trackpad, as browsers tell it."""
    x, y = studio.at(0, 0)
    studio.canvas.evaluate(
        """(canvas, about) => {
          const event = new WheelEvent("wheel", {bubbles: true, cancelable: true, ...about})
          Object.defineProperty(event, "wheelDeltaY", {value: -3 * event.deltaY})
          canvas.dispatchEvent(event)
          window.taken = event.defaultPrevented
        }""",
        {"clientX": x, "clientY": y, **about},
    )
    studio.settled()
    assert studio.page.evaluate("window.taken")


def test_two_fingers_on_a_trackpad_move_and_a_pinch_zooms(studio: Studio) -> None:
    studio.open(picture())
    before = studio.page.locator(".percent").inner_text()
    size = studio.page.locator(".brush-size output").inner_text()
    studio.wait_for_ball()
    for _ in range(20):
        wheel(studio, deltaX=4, deltaY=7)
    assert studio.page.locator(".percent").inner_text() == before
    studio.wait_for_ball(False)
    studio.page.keyboard.press("0")
    studio.settled()
    studio.wait_for_ball()
    for _ in range(10):
        wheel(studio, deltaY=-3, ctrlKey=True)
    assert studio.page.locator(".percent").inner_text() != before
    studio.wait_for_ball()
    assert studio.page.locator(".brush-size output").inner_text() == size


def test_nothing_is_made_smaller_on_saving(studio: Studio) -> None:
    """The largest picture there may be: erased in the middle, and the rest is the same, sample by sample."""
    drawn = Image.linear_gradient("L").resize(LARGE).convert("RGB")
    drawn.paste((220, 30, 40), (3996, 2341, 4196, 2541))
    stream = io.BytesIO()
    drawn.save(stream, "PNG", compress_level=1)
    source = stream.getvalue()
    studio.open(source, "large.png", "image/png")
    studio.page.get_by_text("8192 \N{MULTIPLICATION SIGN} 4882").wait_for()
    studio.page.get_by_text("Options").click()
    studio.page.get_by_label("Engine", exact=True).select_option("telea")
    studio.page.get_by_label("Engine", exact=True).blur()
    studio.stroke((-6, 0), (6, 0))
    studio.page.keyboard.press("Escape")
    studio.page.get_by_role("button", name="Erase", exact=True).click()
    studio.results.nth(1).wait_for(timeout=120_000)
    name, data = studio.saved()
    before, after = (np.asarray(Image.open(io.BytesIO(one)).convert("RGB")) for one in (source, data))
    assert name == "large.png"
    assert after.shape == before.shape
    changed = (before != after).any(axis=2)
    rows, columns = np.nonzero(changed)
    assert len(rows) > 1000
    assert np.ptp(rows) < LARGE[1] / 4
    assert np.ptp(columns) < LARGE[0] / 4


def test_without_a_network_all_but_the_edit_goes_on(studio: Studio, context: Any) -> None:
    """What is open can be painted on, undone, compared and saved; the server is there again when it is."""
    page = studio.page
    studio.open(picture("PNG"), "meadow.png", "image/png")
    studio.stroke((-40, 0), (40, 0))
    page.keyboard.press("Enter")
    studio.erased()
    context.set_offline(True)
    page.keyboard.press("c")
    page.locator("img-comparison-slider").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    studio.stroke((-100, 40), (100, 90))
    assert studio.painted() > 200 * 40
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+Shift+z")
    studio.settled()
    assert studio.painted() > 200 * 40
    name, data = studio.saved()
    assert (name, Image.open(io.BytesIO(data)).format) == ("meadow.png", "PNG")
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Code and server").click()
    page.get_by_role("radio", name="This server").check()
    page.get_by_role("alert").filter(has_text="The server cannot be reached.").wait_for()
    context.set_offline(False)
    page.get_by_role("heading", name="Health well").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    studio.erased(2)
    studio.said = [text for text in studio.said if "ERR_INTERNET_DISCONNECTED" not in text]
