"""What the page fetches before a picture is painted on, and what it fetches when it has time."""

from typing import Any, Final

import pytest
from tests.browser.conftest import KEY, Studio, picture

MOST_SCRIPT_BYTES: Final = 180_000
NEVER_IDLE: Final = "window.requestIdleCallback = () => 0"
SCRIPTS: Final = """() => Object.fromEntries(
  performance.getEntriesByType("resource")
    .filter(({name}) => new URL(name).pathname.endsWith(".js"))
    .map(({name, encodedBodySize}) => [name.replace(/.*studio\\/[0-9a-f]+\\//, ""), encodedBodySize])
)"""


@pytest.fixture
def busy(browser: Any, site: str) -> Any:
    """A page that never has time."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script(f"sessionStorage.setItem('cleanplate.key', '{KEY}'); {NEVER_IDLE}")
    yield Studio(context.new_page(), site)
    context.close()


def test_little_is_fetched_to_open_a_picture_and_paint(busy: Studio) -> None:
    busy.open(picture())
    busy.stroke((-40, 0), (40, 0))
    assert busy.painted() > 0
    fetched: dict[str, int] = busy.page.evaluate(SCRIPTS)
    assert {"main.js", "view/view.js"} <= set(fetched)
    assert not {"batch/runner.js", "panel/keys_dialog.js", "i18n/zh.js", "types.js"} & set(fetched)
    assert 0 < sum(fetched.values()) < MOST_SCRIPT_BYTES, fetched


def test_what_was_not_fetched_comes_when_it_is_asked_for(busy: Studio) -> None:
    busy.page.keyboard.press("?")
    busy.page.get_by_role("dialog").wait_for()
    busy.page.keyboard.press("Escape")
    busy.page.get_by_role("button", name="Many pictures").click()
    busy.page.get_by_role("dialog").wait_for()
    assert busy.said == []


def test_what_cannot_be_fetched_is_told_and_comes_the_next_time(busy: Studio) -> None:
    busy.page.context.set_offline(True)
    busy.page.keyboard.press("?")
    busy.page.get_by_role("alert").filter(has_text="The server cannot be reached.").wait_for()
    assert busy.page.get_by_role("button", name="Choose a picture").is_enabled()
    busy.page.context.set_offline(False)
    busy.page.keyboard.press("?")
    busy.page.get_by_role("dialog").wait_for()
    assert [text for text in busy.said if "ERR_INTERNET_DISCONNECTED" not in text] == []


def test_all_of_it_is_there_without_a_network_soon(studio: Studio, context: Any) -> None:
    studio.page.wait_for_function(
        f"""() => {{
          const found = ({SCRIPTS})()
          const names = ["panel/more_dialog.js", "compare/slider.js", "batch/runner.js"]
          return names.every((name) => name in found)
        }}"""
    )
    studio.page.wait_for_load_state("networkidle")
    context.set_offline(True)
    for name in ("Many pictures", "Code and server", "Keyboard shortcuts"):
        studio.page.get_by_role("button", name=name).click()
        studio.page.get_by_role("dialog").wait_for()
        studio.page.keyboard.press("Escape")
        studio.page.get_by_role("dialog").wait_for(state="detached")
    context.set_offline(False)
    studio.said = [text for text in studio.said if "ERR_INTERNET_DISCONNECTED" not in text]
