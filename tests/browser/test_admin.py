"""The admin corner before a real server: keys made and revoked, models pulled; who is no admin sees none."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest
from tests.api.native.conftest import EDITS, Client, body
from tests.api.servers import KEY, served, settings_for
from tests.browser.conftest import Studio
from tests.mirrored_model import DATA, plug_in_model
from tests.unit.weights.served import Home
from tests.unit.weights.served import served as mirror

from cleanplate.access import Access
from cleanplate.app import build

OPEN: Final = "Code and server"
CORNER: Final = "Administration"


@dataclass
class Place:
    """A server with one admin key, and what its models come from."""

    base: str
    secret: str
    access: Access
    home: Home


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("admin")
    with mirror() as home:
        plugins = folder / "plugins"
        plugins.mkdir()
        plug_in_model(plugins, home)
        app = build(
            settings_for(folder / "data", plugins=plugins, models=folder / "models", hub=home.address)
        )
        access = app.state.services.access
        _, secret = access.create("boss", admin=True)
        with served(app, lifespan="on") as base:
            yield Place(base, secret, access, home)


@pytest.fixture
def visit(browser: Any, place: Place) -> Iterator[Callable[..., Studio]]:
    """Opens the page with a key; nothing may be said on its console."""
    opened: list[tuple[Any, Studio]] = []

    def open_page(secret: str = place.secret, **more: Any) -> Studio:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **more})
        context.add_init_script(f"sessionStorage.setItem('cleanplate.key', '{secret}')")
        opened.append((context, Studio(context.new_page(), place.base)))
        return opened[-1][1]

    yield open_page
    for context, studio in opened:
        said = studio.said
        context.close()
        assert said == []


def corner(studio: Studio, tab: str = "Keys") -> Any:
    """The corner, at one of its tabs."""
    page = studio.page
    page.get_by_role("button", name=OPEN).click()
    page.get_by_role("radio", name=CORNER).check()
    page.get_by_role("radio", name=tab, exact=True).check()
    return page.locator(".admin")


def test_who_is_no_admin_sees_no_corner(visit: Callable[..., Studio], place: Place) -> None:
    _, plain = place.access.create("plain")
    for secret in (plain, KEY):
        page = visit(secret).page
        with page.expect_response("**/v1/me") as told:
            page.get_by_role("button", name=OPEN).click()
        assert told.value.json()["admin"] is False
        page.get_by_role("radio", name="This server").check()
        page.get_by_role("heading", name="Health").wait_for()
        assert page.get_by_role("radio", name=CORNER).count() == 0
        asked = page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
        assert not any("/admin/" in name for name in asked)


def test_a_key_is_made_copied_and_revoked(visit: Callable[..., Studio], place: Place) -> None:
    studio = visit(permissions=["clipboard-read", "clipboard-write"])
    shown = corner(studio)
    shown.get_by_label("Whose key").fill("Ann")
    shown.get_by_label("Account").fill("shop")
    studio.page.keyboard.press("Enter")
    secret = shown.locator(".admin-secret code")
    secret.wait_for()
    text = secret.inner_text()
    caller = place.access.caller(text)
    assert (caller.name, caller.account, caller.admin) == ("Ann", "shop", False)
    shown.get_by_role("button", name="Copy").click()
    shown.get_by_role("button", name="Copied").wait_for()
    assert studio.page.evaluate("navigator.clipboard.readText()") == text
    line = shown.get_by_role("listitem").filter(has_text="Ann")
    assert "account shop" in line.inner_text()
    line.get_by_role("button", name="Revoke Ann").click()
    # What was asked has the focus on the answer that changes nothing
    studio.page.wait_for_function("() => document.activeElement.textContent.trim() === 'Keep it'")
    studio.page.keyboard.press("Enter")
    assert place.access.caller(text) == caller
    line.get_by_role("button", name="Revoke Ann").click()
    line.get_by_role("button", name="Revoke", exact=True).click()
    line.get_by_text("revoked").wait_for()
    with pytest.raises(Exception, match="Invalid API-key"):
        place.access.caller(text)
    # Shown once: a look elsewhere, and it is gone
    studio.page.get_by_role("radio", name="Use", exact=True).check()
    studio.page.get_by_role("radio", name="Keys", exact=True).check()
    shown.get_by_role("listitem").first.wait_for()
    assert text not in studio.page.content()


def test_what_is_wrong_with_a_key_is_told(visit: Callable[..., Studio]) -> None:
    studio = visit()
    shown = corner(studio)
    shown.get_by_label("Account").fill("two words")
    shown.get_by_role("button", name="Make a key").click()
    shown.get_by_role("alert").filter(has_text="no spaces").wait_for()
    boss = shown.get_by_role("listitem").filter(has_text="boss")
    boss.get_by_role("button", name="Revoke boss").click()
    boss.get_by_role("button", name="Revoke", exact=True).click()
    boss.get_by_role("alert").filter(has_text="the last admin key").wait_for()
    # The browser says itself that something was refused
    assert studio.said
    studio.said.clear()


def test_use_and_queue(visit: Callable[..., Studio], place: Place) -> None:
    with Client.opened(place.base) as client:
        done = client.post(EDITS, json=body()).json()
        assert client.ended(done["id"])["state"] == "succeeded"
    studio = visit()
    shown = corner(studio, "Use")
    row = shown.get_by_role("row").filter(has_text="static-1")
    assert row.get_by_role("cell").first.inner_text() == "1"
    shown.get_by_label("In", exact=True).select_option("1")
    row.wait_for()
    studio.page.get_by_role("radio", name="Queue and health").check()
    shown.get_by_text("No edit waits or runs.").wait_for()
    assert shown.get_by_role("row").filter(has_text="general").count() == 1
    shown.get_by_role("heading", name="Health").wait_for()


def test_a_model_is_pulled(visit: Callable[..., Studio], place: Place) -> None:
    place.home.held_at = len(DATA) // 2
    studio = visit()
    shown = corner(studio, "Models")
    line = shown.get_by_role("listitem").filter(has_text="tinynet")
    assert "not here" in line.inner_text()
    assert "licence CC0-1.0" in line.inner_text()
    line.get_by_role("button", name="Pull tinynet").click()
    line.get_by_text("2.1 MB of 4.2 MB").wait_for()
    bar = line.get_by_role("progressbar", name="How much of tinynet is here")
    assert bar.evaluate("(bar) => bar.value / bar.max") == pytest.approx(0.5)
    line.get_by_role("button", name="Stop pulling tinynet").click()
    line.get_by_text("Being stopped").wait_for()
    place.home.go_on.set()
    line.get_by_text("the next pull goes on from there").wait_for()
    place.home.held_at = None
    line.get_by_role("button", name="Pull tinynet").click()
    line.get_by_text("Pulled and checked").wait_for()
    assert line.get_by_role("button").count() == 0
    # What it is for can be done now, without a reload
    studio.page.get_by_role("radio", name="This server").check()
    able = studio.page.get_by_role("listitem").filter(has_text="character")
    able.get_by_text("ready").wait_for()


def test_a_pull_that_fails_says_why(visit: Callable[..., Studio], place: Place) -> None:
    studio = visit()
    shown = corner(studio, "Models")
    line = shown.get_by_role("listitem").filter(has_text="lama")
    line.get_by_role("button", name="Pull lama").click()
    line.get_by_text("Not pulled: ").filter(has_text="the server answered 404").wait_for()


def test_in_chinese_on_a_phone(visit: Callable[..., Studio]) -> None:
    studio = visit(locale="zh-CN", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = studio.page
    page.get_by_role("button", name="代码").click()
    page.get_by_role("radio", name="管理").check()
    for tab in ("密钥", "用量", "队列与状态", "模型"):
        page.get_by_role("radio", name=tab, exact=True).check()
        page.locator(".admin :is(li, table, .admin-row)").first.wait_for()
        wide = page.evaluate(
            "document.querySelector('dialog').scrollWidth - document.querySelector('dialog').clientWidth"
        )
        assert wide <= 0, tab
