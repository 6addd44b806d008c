"""What goes wrong, and what stays: reloads, other tabs, keys, engines, the connection."""

import re
from typing import Any, Final

from tests.browser.conftest import KEY, Studio, picture

PIXELS: Final = re.compile(r"mask/(pixel_worker|pixels)\.js")


def engine(studio: Studio, name: str) -> None:
    if not studio.page.get_by_label("Engine", exact=True).is_visible():
        studio.page.get_by_text("Options").click()
    studio.page.get_by_label("Engine", exact=True).select_option(name)


def kept(studio: Studio) -> None:
    """Wait until what was painted has gone to the browser's database."""
    studio.page.wait_for_timeout(600)


def test_a_reload_keeps_picture_mask_and_history(studio: Studio) -> None:
    studio.open(picture("PNG"), "meadow.png", "image/png")
    studio.stroke((-40, 0), (40, 0))
    studio.page.keyboard.press("Enter")
    studio.erased()
    studio.stroke((-100, 80), (100, 80))
    painted = studio.painted()
    kept(studio)
    studio.page.reload()
    studio.canvas.wait_for()
    studio.settled()
    assert studio.results.count() == 2
    assert studio.painted() == painted
    studio.wait_for_ball(False)
    studio.page.keyboard.press("Control+z")
    studio.page.keyboard.press("Control+z")
    studio.settled()
    studio.wait_for_ball()
    assert studio.saved()[0] == "meadow.png"


def test_a_tab_that_was_closed_comes_back_and_two_do_not_share(
    studio: Studio, context: Any, site: str
) -> None:
    studio.open(picture())
    studio.stroke((-100, 0), (100, 0))
    painted = studio.painted()
    kept(studio)
    second = Studio(context.new_page(), site)
    second.page.get_by_role("button", name="Choose a picture").wait_for()
    second.page.close()
    studio.page.close()
    third = Studio(context.new_page(), site)
    third.canvas.wait_for()
    third.settled()
    assert third.painted() == painted
    assert third.said == second.said == []


def test_an_edit_that_fails_keeps_picture_and_mask(studio: Studio) -> None:
    studio.open(picture())
    studio.stroke((-40, 0), (40, 0))
    painted = studio.painted()
    engine(studio, "failing")
    studio.page.keyboard.press("Escape")
    studio.page.get_by_role("button", name="Erase", exact=True).click()
    alert = studio.page.get_by_role("alert").filter(has_text="The edit failed on the server.")
    alert.wait_for()
    assert studio.painted() == painted
    engine(studio, "telea")
    alert.get_by_role("button", name="Try again").click()
    studio.erased()
    studio.wait_for_ball(False)


def test_an_option_that_does_not_fit_is_told_in_the_servers_words(studio: Studio) -> None:
    studio.open(picture())
    studio.stroke((-40, 0), (40, 0))
    studio.page.get_by_text("Options").click()
    studio.page.get_by_text("Advanced").click()
    studio.page.get_by_label("Boxes").fill("1, 2, 3; 4, 5, 6, 7")
    studio.page.get_by_role("button", name="Erase", exact=True).click()
    alert = studio.page.get_by_role("alert").filter(has_text="boxes")
    alert.wait_for()
    assert studio.painted() > 0
    studio.said = [text for text in studio.said if "422" not in text]  # the browser's own line


def test_an_edit_can_be_cancelled(studio: Studio) -> None:
    studio.open(picture())
    studio.stroke((-40, 0), (40, 0))
    engine(studio, "patient")
    studio.page.get_by_role("button", name="Erase", exact=True).click()
    studio.page.get_by_text("Erasing").wait_for()
    with studio.page.expect_response(lambda reply: reply.request.method == "DELETE") as reply:
        studio.page.get_by_role("button", name="Cancel").click()
    assert reply.value.status in (200, 202)
    studio.page.get_by_role("button", name="Erase", exact=True).wait_for()
    assert studio.painted() > 0
    assert studio.page.get_by_role("alert").count() == 0


def test_a_connection_that_is_lost_comes_back(studio: Studio, context: Any) -> None:
    studio.open(picture())
    studio.stroke((-40, 0), (40, 0))
    context.set_offline(True)
    studio.page.get_by_role("button", name="Erase", exact=True).click()
    studio.page.get_by_text("The connection is lost. Trying again").wait_for()
    context.set_offline(False)
    studio.erased()
    studio.wait_for_ball(False)
    studio.said = [text for text in studio.said if "ERR_INTERNET_DISCONNECTED" not in text]


def test_what_works_on_pixels_may_come_late(studio: Studio, context: Any) -> None:
    """A connection that is lost before the page has all of its scripts is one that is lost."""
    context.route(PIXELS, lambda route: route.abort())
    studio.page.reload()
    studio.open(picture())
    studio.stroke((-40, 0), (40, 0))
    studio.page.get_by_role("button", name="Erase", exact=True).click()
    studio.page.get_by_text("The connection is lost. Trying again").wait_for()
    context.unroute(PIXELS)
    studio.erased()
    studio.wait_for_ball(False)
    studio.said = [text for text in studio.said if "ERR_FAILED" not in text]


DENIED: Final = """
for (const name of ["localStorage", "sessionStorage", "indexedDB"])
  Object.defineProperty(window, name, { get() { throw new DOMException("denied", "SecurityError") } })
"""


def test_where_the_browser_keeps_nothing_a_visit_works(browser: Any, site: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script(DENIED)
    studio = Studio(context.new_page(), site)
    studio.page.get_by_label("API key").fill(KEY)
    studio.page.keyboard.press("Enter")
    studio.page.get_by_role("dialog").wait_for(state="detached")
    studio.open(picture())
    studio.stroke((-40, 0), (40, 0))
    studio.page.keyboard.press("Enter")
    studio.erased()
    studio.wait_for_ball(False)
    context.close()
    assert [text for text in studio.said if "denied" not in text] == []


def test_a_key_is_asked_for_and_a_wrong_one_is_told(browser: Any, site: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(site)
    page.get_by_label("API key").fill("wrong")
    page.keyboard.press("Enter")
    page.get_by_text("The server does not know this key.").wait_for()
    page.get_by_label("API key").fill(KEY)
    page.get_by_label("Stay signed in").check()
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("dialog").wait_for(state="detached")
    assert page.evaluate("[sessionStorage.length > 0, localStorage.getItem('cleanplate.key')]") == [
        False,
        KEY,
    ]
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("API key").wait_for()
    assert page.evaluate("localStorage.getItem('cleanplate.key')") is None
    context.close()


def test_the_page_speaks_chinese(browser: Any, site: str) -> None:
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(site)
    page.get_by_role("dialog", name="登录").wait_for()
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    context.close()
