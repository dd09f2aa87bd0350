"""What a person sees and does in Chromium: words, keys, sizes; each wait ends by what happens."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from selenium.common.exceptions import JavascriptException, WebDriverException
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

WIDTHS = (320, 390, 768, 1024, 1280, 1920)
WITHIN_S = 30
"""A deadline against hanging."""
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
WIDER = """
const [done] = arguments;
const root = document.documentElement;
requestAnimationFrame(() => requestAnimationFrame(() => done(
  root.scrollWidth <= root.clientWidth ? [] : [...document.body.querySelectorAll("*")]
    .filter(one => one.getBoundingClientRect().right > root.clientWidth)
    .map(one => `${one.tagName} .${one.className}: ${one.textContent.trim().slice(0, 60)}`))));
"""
LEFT = ("unload", "navigat", "closed", "detach", "script timeout")
"""What Chromium says where a page was left while something waited on it; the last where it was left
as the script came."""
LOOK_S = 5
"""So long one look waits on one page."""
UNTIL = """
const [test, within_ms, done] = arguments;
const holds = new Function(`return (${test})`);
const look = () => { if (holds()) { watch.disconnect(); clearTimeout(late); done(true); } };
const watch = new MutationObserver(look);
const late = setTimeout(() => { watch.disconnect(); done(false); }, within_ms);
watch.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
look();
"""


class Eyes:
    def __init__(self) -> None:
        options = ChromeOptions()
        for argument in (
            "--headless=new",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
        ):
            options.add_argument(argument)
        options.binary_location = "/usr/bin/chromium"
        # A page with an event stream is never done loading.
        options.page_load_strategy = "eager"
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.chrome = Chrome(options=options, service=ChromeService("/usr/bin/chromedriver"))
        self.chrome.set_script_timeout(WITHIN_S)
        self.base = ""

    def close(self) -> None:
        self.chrome.quit()

    def open(self, path: str) -> None:
        self.chrome.get(self.base + path)

    def run(self, script: str, *given: object) -> Any:
        return self.chrome.execute_script(script, *given)

    def until(self, what: str, test: str) -> None:
        """Wait until this JavaScript holds, also across loads of the page."""
        self.chrome.set_script_timeout(LOOK_S + 2)
        try:
            for _ in range(WITHIN_S // LOOK_S):
                if self._holds(test):
                    return
        finally:
            self.chrome.set_script_timeout(WITHIN_S)
        raise AssertionError(f"waited in vain for {what}; the page says: {self.text()}")

    def _holds(self, test: str) -> bool:
        try:
            return bool(self.chrome.execute_async_script(UNTIL, test, LOOK_S * 1000))
        except (JavascriptException, WebDriverException) as error:
            if not any(word in str(error) for word in LEFT):
                raise
            return False

    def sees(self, words: str) -> None:
        """Wait until the words can be read."""
        self.until(words, f"document.body && document.body.innerText.includes({json.dumps(words)})")

    def reads(self, words: str) -> None:
        """The same where no script runs, also none that waits: by looking again."""
        seen = WebDriverWait(self.chrome, WITHIN_S, 0.05, [WebDriverException])
        seen.until(lambda _: words in self.text(), words)

    def scripts(self, *, run: bool) -> None:
        """Those of pages opened from now on, as a person may switch them off."""
        self.chrome.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not run})

    def text(self) -> str:
        return str(self.run("return document.body.innerText"))

    def part(self, css: str) -> str:
        return self.chrome.find_element(By.CSS_SELECTOR, css).text

    def press(self, *keys: str) -> None:
        """On whatever has the focus."""
        for key in keys:
            self.chrome.switch_to.active_element.send_keys(key)

    def types(self, **fields: str) -> None:
        """Into the fields with these ids, then sends them by the keyboard."""
        for name, text in fields.items():
            self.run("document.getElementById(arguments[0]).focus()", name)
            self.press(text)
        self.press(Keys.ENTER)

    def tab_to(self, words: str, most: int = 30) -> None:
        """By the keyboard alone, to what says so."""
        for _ in range(most):
            self.press(Keys.TAB)
            if words in str(self.run("return document.activeElement.innerText")):
                ring = self.run("return getComputedStyle(document.activeElement).outlineStyle")
                assert ring != "none", f"{words}: nobody sees where the keyboard is"
                return
        raise AssertionError(f"no way to {words!r} by keyboard")

    def wide(self, width: int, height: int = 800) -> None:
        """A viewport so wide, also below what a window may be."""
        self.chrome.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )

    def overflowing(self) -> list[str]:
        """What makes the page wider than the window, once it is drawn at its present width."""
        return list(self.chrome.execute_async_script(WIDER))

    def violations(self) -> list[str]:
        """What axe finds on the page, contrast included."""
        self.run(AXE)
        found = self.chrome.execute_async_script(
            "const [rules, done] = arguments;"
            "axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(r => done("
            "r.violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.html}"
            " ${n.failureSummary}`))))",
            RULES,
        )
        return list(found)

    def fits(self) -> None:
        """The page, at every width; and axe finds nothing."""
        for width in WIDTHS:
            self.wide(width)
            assert self.overflowing() == [], width
        assert self.violations() == []

    def complaints(self) -> list[str]:
        """What the browser's console says: a blocked script, a missing file."""
        return [str(entry["message"]) for entry in self.chrome.get_log("browser")]  # type: ignore[no-untyped-call]

    def refused(self, status: int = 409) -> None:
        """A form was, which the browser says too."""
        (said,) = self.complaints()
        assert f"status of {status}" in said

    def picture(self, path: Path) -> None:
        self.chrome.save_screenshot(str(path))
