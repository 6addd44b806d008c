"""Coming in by a link; opening by address and camera; code for programs; how the server is."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.api.servers import png, served, settings_for
from tests.browser.conftest import KEY, Studio, picture

from cleanplate.access import Access
from cleanplate.app import build
from cleanplate.serving.server import sign_in_link


@dataclass(frozen=True)
class Door:
    """A whole server with a first key, and its address."""

    base: str
    access: Access

    def link(self) -> str:
        link = sign_in_link(self.access, self.base)
        assert link is not None
        return link


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    app = build(settings_for(tmp_path_factory.mktemp("door")))
    access: Access = app.state.services.access
    access.create("first")
    with served(app, lifespan="on") as base:
        yield Door(base, access)


@pytest.fixture
def fresh(browser: Any) -> Iterator[Any]:
    """A browser that has never been here."""
    made = browser.new_context()
    yield made
    made.close()


class _Pictures(BaseHTTPRequestHandler):
    """`/meadow.jpg`; anything else is no picture."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        pass

    def do_GET(self) -> None:
        self.send_response(200 if "/meadow.jpg" in self.path else 404)
        self.end_headers()
        self.wfile.write(picture())


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pictures) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_link_signs_in_once_and_leaves_the_address(door: Door, fresh: Any) -> None:
    link, page = door.link(), fresh.new_page()
    page.goto(link)
    page.get_by_role("button", name="Sign out").wait_for()
    assert page.url == f"{door.base}/"
    page.reload()
    page.get_by_role("button", name="Sign out").wait_for()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("API key").wait_for()
    page.goto("about:blank")
    page.goto(link)
    page.get_by_text("This link has been used, or is older than ten minutes.").first.wait_for()
    assert page.url == f"{door.base}/"
    assert page.get_by_role("dialog", name="Sign in").is_visible()


def test_a_link_in_a_tab_that_asks_for_a_key_signs_in(door: Door, fresh: Any) -> None:
    page = fresh.new_page()
    page.goto(door.base)
    page.get_by_label("API key").wait_for()
    page.goto(door.link())
    page.get_by_role("dialog").wait_for(state="detached")
    page.get_by_role("button", name="Sign out").wait_for()


def test_a_key_that_is_revoked_ends_the_sign_in(door: Door, fresh: Any) -> None:
    info, _ = door.access.create("visitor")
    page = fresh.new_page()
    page.goto(f"{door.base}/#sign-in={door.access.links.make(info.id)}")
    page.get_by_role("button", name="Sign out").wait_for()
    door.access.revoke(info.id)
    page.reload()
    page.get_by_label("API key").wait_for()


def test_a_picture_is_opened_by_its_address(studio: Studio, elsewhere: str) -> None:
    studio.page.get_by_role("button", name="Sign out").wait_for()  # the server knows the key
    field = studio.page.get_by_label("Address of a picture")
    field.fill("not an address")
    field.press("Enter")
    studio.page.get_by_text("That is no address of a picture.").wait_for()
    field.fill(f"{elsewhere}/some/meadow.jpg?size=large")
    field.press("Enter")
    studio.page.get_by_text("meadow.jpg").wait_for()
    studio.canvas.wait_for()
    studio.wait_for_ball()
    studio.stroke((-40, 0), (40, 0))
    studio.page.keyboard.press("Enter")
    studio.erased()
    assert studio.saved()[0] == "meadow.jpg"


def test_an_address_that_leads_nowhere_is_told(studio: Studio, elsewhere: str) -> None:
    studio.page.get_by_role("button", name="Sign out").wait_for()  # the server knows the key
    field = studio.page.get_by_label("Address of a picture")
    field.fill(f"{elsewhere}/nothing.png")
    field.press("Enter")
    studio.page.get_by_role("alert").filter(has_text="That address could not be fetched.").wait_for()
    assert studio.page.get_by_role("button", name="Choose a picture").is_enabled()
    studio.said = [text for text in studio.said if "422" not in text]  # the browser's own line


@pytest.mark.parametrize("way", ["paste", "drop"])
def test_an_address_is_pasted_or_dropped(studio: Studio, elsewhere: str, way: str) -> None:
    studio.page.get_by_role("button", name="Sign out").wait_for()  # the server knows the key
    studio.page.evaluate(
        """([way, url]) => {
          const given = new DataTransfer()
          given.setData(way === "drop" ? "text/uri-list" : "text/plain", url)
          const about = {bubbles: true, cancelable: true}
          document.body.dispatchEvent(way === "drop"
            ? new DragEvent("drop", {...about, dataTransfer: given})
            : new ClipboardEvent("paste", {...about, clipboardData: given}))
        }""",
        [way, f"{elsewhere}/meadow.jpg"],
    )
    studio.page.get_by_text("meadow.jpg").wait_for()
    studio.wait_for_ball()


def test_phones_offer_their_camera(browser: Any, site: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    context.add_init_script(f"sessionStorage.setItem('cleanplate.key', '{KEY}')")
    context.add_init_script(
        """HTMLInputElement.prototype.click = function () {
          window.asked = [this.type, this.accept, this.getAttribute("capture")]
        }"""
    )
    page = context.new_page()
    page.goto(site)
    page.get_by_role("button", name="Take a photo").tap()
    assert page.evaluate("window.asked") == ["file", "image/*", "environment"]
    context.close()


def lines(page: Any, api: str, language: str) -> str:
    page.get_by_label("Written for").select_option(api)
    page.get_by_role("radio", name=language).check()
    text: str = page.locator(".code pre").inner_text()
    return text


def opened(studio: Studio) -> Any:
    studio.page.get_by_role("button", name="Code and server").click()
    return studio.page.get_by_role("dialog", name="Code and server")


APIS = ("Cleanplate", "OpenAI", "DashScope", "Novita", "PicWish", "Black Forest Labs", "Stability")
ANSWERS = {
    "Cleanplate": '"state"',
    "OpenAI": '"b64_json"',
    "DashScope": '"task_id"',
    "Novita": '"task_id"',
    "PicWish": '"task_id"',
    "Black Forest Labs": '"polling_url"',
    "Stability": "",
}


def test_the_lines_of_code_do_what_they_say(studio: Studio, site: str, tmp_path: Path) -> None:
    """Every curl line, and every Python one whose client is here, as it stands."""
    (tmp_path / "photo.jpg").write_bytes(png("photo"))
    (tmp_path / "mask.png").write_bytes(png("mask"))
    opened(studio)
    studio.page.get_by_label("Written for").wait_for()
    choices = studio.page.get_by_label("Written for").locator("option").all_inner_texts()
    assert tuple(choices) == APIS
    for api in APIS:
        curl = lines(studio.page, api, "curl")
        assert KEY in curl
        assert site in curl
        said = run(["bash", "-euc", curl], tmp_path)
        assert ANSWERS[api] in said, (api, said)
        python = lines(studio.page, api, "Python")
        check = "\nassert reply.ok, reply.text" if "requests.post" in python else ""
        run([sys.executable, "-c", python + check], tmp_path)
        assert KEY in lines(studio.page, api, "Node")
    assert (tmp_path / "clean.png").read_bytes().startswith(b"\x89PNG")


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_line_is_copied_and_the_dialog_closes(studio: Studio, context: Any) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    dialog = opened(studio)
    dialog.get_by_role("button", name="Copy").click()
    dialog.get_by_text("Copied").wait_for()
    text = studio.page.evaluate("navigator.clipboard.readText()")
    assert text == dialog.locator(".code pre").inner_text()
    studio.page.keyboard.press("Escape")
    dialog.wait_for(state="detached")


def test_a_sign_in_by_link_says_when_it_ends(door: Door, fresh: Any) -> None:
    page = fresh.new_page()
    page.goto(door.link())
    page.get_by_role("button", name="Code and server").click()
    page.get_by_text("Your sign-in is in it, and ends on").wait_for()


def test_the_server_says_how_it_is(studio: Studio) -> None:
    studio.open(picture())
    studio.stroke((-40, 0), (40, 0))
    studio.page.keyboard.press("Enter")
    studio.erased()
    dialog = opened(studio)
    dialog.get_by_role("radio", name="This server").check()
    dialog.get_by_role("heading", name="Health well").wait_for()
    for part in ("Database", "Files", "Workers", "Disk", "Queue"):
        assert dialog.get_by_text(part, exact=True).is_visible()
    assert dialog.get_by_text("Edits that wait").is_visible()
    made = dialog.locator("dl > div").filter(has_text="Pictures made in 30 days").locator("dd")
    seconds = dialog.locator("dl > div").filter(has_text="Seconds computed in 30 days").locator("dd")
    assert int(made.inner_text()) >= 1
    assert float(seconds.inner_text()) >= 0
    erase = dialog.locator("li").filter(has=studio.page.get_by_text("erase", exact=True))
    assert erase.get_by_text("ready").is_visible()
    assert dialog.locator("li").count() > 5
