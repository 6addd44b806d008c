"""axe-core over the page in each of its main states, light and dark; and keys alone reach everything."""

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from tests.browser.conftest import KEY, Studio, picture

CLIENTS: Final = Path(sys.prefix) / "clients"
"""Where `make test-browser` puts what it fetches and does not install."""
SERIOUS: Final = ("serious", "critical")


@pytest.fixture(scope="module")
def axe() -> str:
    wheels = sorted(CLIENTS.glob("axe_playwright_python-*.whl"))
    if not wheels:
        pytest.skip("axe-core is not here: make test-browser")
    with zipfile.ZipFile(wheels[-1]) as wheel:
        return wheel.read("axe_playwright_python/axe.min.js").decode()


@pytest.fixture(params=["light", "dark"])
def themed(request: pytest.FixtureRequest, browser: Any, site: str) -> Iterator[Studio]:
    # The page lets no script in but its own; axe comes from outside
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, color_scheme=request.param, bypass_csp=True
    )
    context.add_init_script(f"sessionStorage.setItem('cleanplate.key', '{KEY}')")
    yield Studio(context.new_page(), site)
    context.close()


def check(studio: Studio, axe: str) -> None:
    """No serious issue, in what is seen now."""
    page = studio.page
    page.wait_for_timeout(300)  # colours that change take a moment
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations', 'incomplete']})")
    assert len(found["passes"]) > 10
    told = [
        f"{issue['id']}: {issue['help']}: {node['html'][:200]} {node['failureSummary']}"
        for issue in found["violations"]
        if issue["impact"] in SERIOUS
        for node in issue["nodes"]
    ]
    assert told == []


def test_the_start(themed: Studio, axe: str) -> None:
    themed.page.get_by_role("button", name="Choose a picture").wait_for()
    check(themed, axe)
    themed.page.get_by_label("Address of a picture").fill("x y")
    themed.page.keyboard.press("Enter")
    check(themed, axe)


def test_signing_in(themed: Studio, axe: str) -> None:
    themed.page.get_by_role("button", name="Sign out").click()
    themed.page.get_by_label("API key").fill("wrong")
    themed.page.keyboard.press("Enter")
    themed.page.get_by_text("The server does not know this key.").wait_for()
    check(themed, axe)


def test_at_work(themed: Studio, axe: str) -> None:
    page = themed.page
    themed.open(picture())
    check(themed, axe)
    themed.stroke((-40, 0), (40, 0))
    page.get_by_text("Options").click()
    check(themed, axe)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Erase", exact=True).click()
    themed.erased()
    check(themed, axe)
    page.keyboard.press("c")
    page.locator("img-comparison-slider").wait_for()
    check(themed, axe)


def test_saving_and_the_loupe(themed: Studio, axe: str) -> None:
    page = themed.page
    themed.open(picture())
    page.keyboard.press("m")
    page.locator(".loupe").wait_for()
    check(themed, axe)
    page.get_by_role("button", name="Save as").click()
    page.get_by_role("dialog", name="Save as").wait_for()
    check(themed, axe)


def test_layers(themed: Studio, axe: str) -> None:
    themed.open(picture())
    themed.stroke((-60, 0), (60, 0))
    themed.page.get_by_text("The whole mask", exact=True).click()
    themed.page.get_by_role("button", name="Add a layer").click()
    themed.page.get_by_role("button", name="Show Layer 1").click()
    check(themed, axe)


def test_an_edit_under_way_and_one_that_failed(themed: Studio, axe: str) -> None:
    page = themed.page
    themed.open(picture())
    themed.stroke((-40, 0), (40, 0))
    page.get_by_text("Options").click()
    page.get_by_label("Engine", exact=True).select_option("patient")
    page.get_by_label("Engine", exact=True).blur()
    page.get_by_role("button", name="Erase", exact=True).click()
    page.get_by_text("Erasing").wait_for()
    check(themed, axe)
    page.get_by_role("button", name="Cancel").click()
    page.get_by_label("Engine", exact=True).select_option("failing")
    page.get_by_label("Engine", exact=True).blur()
    page.get_by_role("button", name="Erase", exact=True).click()
    page.get_by_role("alert").filter(has_text="The edit failed on the server.").wait_for()
    check(themed, axe)


@pytest.mark.parametrize("tab", ["For your programs", "This server"])
def test_code_and_server(themed: Studio, axe: str, tab: str) -> None:
    themed.page.get_by_role("button", name="Code and server").click()
    themed.page.get_by_role("radio", name=tab).check()
    themed.page.locator("pre, .server dl").first.wait_for()
    check(themed, axe)


def test_the_keys(themed: Studio, axe: str) -> None:
    themed.page.get_by_role("button", name="Keyboard shortcuts").click()
    check(themed, axe)


def test_on_a_phone(browser: Any, site: str, axe: str) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, bypass_csp=True
    )
    context.add_init_script(f"sessionStorage.setItem('cleanplate.key', '{KEY}')")
    studio = Studio(context.new_page(), site)
    studio.page.get_by_role("button", name="Choose a picture").wait_for()
    check(studio, axe)
    studio.open(picture())
    check(studio, axe)
    context.close()


def test_on_a_phone_the_page_itself_is_in_a_dialog(browser: Any, site: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    context.add_init_script(f"sessionStorage.setItem('cleanplate.key', '{KEY}')")
    studio = Studio(context.new_page(), site)
    studio.open(picture())
    studio.page.get_by_role("button", name="Code and server").tap()
    studio.page.get_by_role("dialog").get_by_role("button", name="Sign out").tap()
    studio.page.get_by_label("API key").wait_for()
    context.close()


def test_keys_alone_reach_every_control(studio: Studio) -> None:
    """Tab goes through all that can be pressed, in the order in which it is seen, and comes round again."""
    page = studio.page
    studio.open(picture())
    wanted = page.evaluate(
        """() => [...document.querySelectorAll("button, select, input, summary, a[href], .canvas")]
          .filter((one) =>
            !one.disabled && one.type !== "radio" && one.tabIndex >= 0 && one.checkVisibility())
          .map((one, at) => (one.dataset.place = String(at)))"""
    )
    assert len(wanted) > 15
    page.evaluate("document.activeElement.blur()")
    seen: list[str] = []
    for _ in range(len(wanted) + 12):
        page.keyboard.press("Tab")
        place = page.evaluate("document.activeElement?.dataset.place ?? ''")
        if place and place not in seen:
            seen.append(place)
    assert set(seen) == set(wanted)
    assert page.evaluate(
        """() => [...document.querySelectorAll("button:not(:disabled)")].filter((one) => one.offsetParent)
          .every((one) => (one.getAttribute("aria-label") || one.textContent).trim() !== "")"""
    )


@pytest.mark.parametrize("tab", ["Keys", "Use", "Queue and health", "Models"])
def test_the_admin_corner(themed: Studio, axe: str, admin_key: str, tab: str) -> None:
    page = themed.page
    page.evaluate(f"sessionStorage.setItem('cleanplate.key', '{admin_key}')")
    page.get_by_role("button", name="Code and server").click()
    page.get_by_role("radio", name="Administration").check()
    page.get_by_role("radio", name=tab, exact=True).check()
    page.locator(".admin :is(li, table, .admin-row, dl)").first.wait_for()
    if tab == "Keys":
        page.get_by_label("Whose key").fill("Ann")
        page.get_by_role("button", name="Make a key").click()
        page.locator(".admin-secret").wait_for()
        page.get_by_role("button", name="Revoke Ann").first.click()
    check(themed, axe)
