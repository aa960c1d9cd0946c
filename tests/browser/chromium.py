"""Debian's Chromium, driven headless: what a person sees, and what the page did to get there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

from selenium.webdriver import ActionChains, Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import url_contains
from selenium.webdriver.support.wait import WebDriverWait

#: No sandbox, since tests may run as root; the others keep it from asking for anything by itself.
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
)  # fmt: skip
_WIDE, _PHONE = 1440, 360
_AXE = "axe_playwright_python"


def programs() -> tuple[str, str] | None:
    """Where Chromium and its driver are, or ``None`` on a machine without them."""
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    return (browser, driver) if browser and driver else None


class Browser:
    """One browser with one window; ``downloads`` is where it puts files. What a page may do is set as it is opened."""

    def __init__(self, driver: Chrome, downloads: Path) -> None:
        self.driver = driver
        self.downloads = downloads
        self._axe = (resources.files(_AXE) / "axe.min.js").read_text(encoding="utf-8")
        self._tell("Network.enable")
        self._tell("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads))

    def open(
        self, address: str, *, width: int = _WIDE, dark: bool = False, language: str = "en", scripts: bool = True
    ) -> None:
        """Go there as a new visitor; what was logged before is forgotten."""
        self._tell("Network.setExtraHTTPHeaders", headers={"Accept-Language": language})
        self._tell("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.look(width=width, dark=dark)
        self.console()
        self.requests()
        self.driver.get(address)

    def look(self, *, width: int = _WIDE, dark: bool = False) -> None:
        """Look at the present page in a window of that width, in light or in dark."""
        phone = width < 600
        self._tell("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=phone)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._tell("Emulation.setEmulatedMedia", features=[scheme])

    def console(self) -> list[str]:
        """What the browser wrote to its console since it was asked last: errors, warnings, violated policies."""
        return [f"{entry['level']}: {entry['message']}" for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """The addresses that the browser asked for since it was asked last."""
        events = (json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance"))
        return [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]

    def overflow(self, width: int) -> list[str]:
        """What reaches beyond the window's right edge at that width, unless it is in a box that scrolls by itself."""
        self.look(width=width)
        found: list[str] = self.driver.execute_script(_OVERFLOW, width)
        return found

    def violations(self, *rules: str) -> list[str]:
        """Violations that axe-core finds in the page, of all its rules or of these: rule, element, explanation."""
        self.driver.execute_script(self._axe)
        only = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else {}
        found = self.driver.execute_async_script(_RUN_AXE, {"resultTypes": ["violations"], **only})
        return [
            f"{violation['id']} ({violation['impact']}): {node['html'][:200]}: {node['failureSummary']}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]

    def find(self, selector: str) -> WebElement:
        """The first element that the CSS selector finds."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def texts(self, selector: str) -> list[str]:
        """The texts of the elements that the CSS selector finds, as they are seen."""
        return [element.text for element in self.driver.find_elements(By.CSS_SELECTOR, selector)]

    def link(self, text: str) -> WebElement:
        """The first link with that text."""
        return self.driver.find_element(By.LINK_TEXT, text)

    def aside_link(self, facet: str, text: str) -> WebElement:
        """The link that narrows results down to that value of the facet."""
        return next(
            link
            for link in self.driver.find_elements(By.CSS_SELECTOR, f"aside a[href*='{facet}=']")
            if link.text == text
        )

    def attributes(self, selector: str, *names: str) -> list[str]:
        """The values of these attributes of the elements that the CSS selector finds, as they are written."""
        found: list[str] = self.driver.execute_script(_ATTRIBUTES, selector, names)
        return found

    def reversed(self, text: str) -> int:
        """How often the text is shown from right to left; fails where it is not shown at all."""
        found: int = self.driver.execute_script(_REVERSED, text)
        assert found >= 0, f"{text!r} is not shown"
        return found

    def status(self) -> int:
        """The status that the present page was answered with."""
        found: int = self.driver.execute_script("return performance.getEntriesByType('navigation')[0].responseStatus")
        return found

    def taken(self) -> object:
        """The mark that a page which was taken over leaves, else ``None``."""
        return self.driver.execute_script("return window.taken")

    def brightness(self, selector: str) -> dict[str, float]:
        """How bright text and background of an element are, from 0 to 255."""
        found: dict[str, float] = self.driver.execute_script(_BRIGHTNESS, selector)
        return found

    def press(self, key: str) -> None:
        """Press a key, wherever the focus is."""
        ActionChains(self.driver).send_keys(key).perform()

    def walk_by_tab(self) -> list[dict[str, Any]]:
        """The elements that the Tab key leads to until it leaves the page, and whether each was seen to have the focus."""
        found = []
        for _ in range(500):
            self.press(Keys.TAB)
            element = self.driver.execute_script(_FOCUSED)
            if element is None:
                return found
            # A field for a date has several parts.
            if element not in found[-1:]:
                found.append(element)
        raise AssertionError("the Tab key does not leave the page")

    def focusable(self) -> int:
        """How many elements of the page can be used and are shown."""
        found: int = self.driver.execute_script(_FOCUSABLE)
        return found

    def wait_for(self, part: str) -> None:
        """Wait until the address of the page has that part."""
        WebDriverWait(self.driver, 10, poll_frequency=0.02).until(url_contains(part))

    def wait_gone(self, part: str) -> None:
        """Wait until the address of the page has that part no longer."""
        WebDriverWait(self.driver, 10, poll_frequency=0.02).until_not(url_contains(part))

    def _tell(self, command: str, **parameters: Any) -> None:
        self.driver.execute_cdp_cmd(command, parameters)


_OVERFLOW = """
const width = arguments[0], found = [];
if (document.documentElement.scrollWidth > width) found.push(`the page is ${document.documentElement.scrollWidth} wide`);
const scrolls = (node) => {
  for (; node && node !== document.body; node = node.parentElement)
    if (["auto", "scroll", "hidden"].includes(getComputedStyle(node).overflowX) || node.tagName === "svg") return true;
  return false;
};
for (const node of document.body.querySelectorAll("*")) {
  const box = node.getBoundingClientRect();
  if (box.width && box.right > width + 1 && !scrolls(node)) found.push(node.outerHTML.slice(0, 120));
}
return found.slice(0, 5);
"""
_ATTRIBUTES = """
return [...document.querySelectorAll(arguments[0])].flatMap((node) => arguments[1].map((name) => node.getAttribute(name) || ""));
"""
_REVERSED = """
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), text = arguments[0];
const left = (node, at) => { const range = new Range(); range.setStart(node, at); range.setEnd(node, at + 1); return range.getBoundingClientRect().left; };
let shown = 0, reversed = 0;
for (let node; (node = walker.nextNode()); ) {
  const at = node.data.indexOf(text);
  if (at < 0) continue;
  shown++;
  if (left(node, at) >= left(node, at + text.length - 1)) reversed++;
}
return shown ? reversed : -1;
"""
_BRIGHTNESS = """
const style = getComputedStyle(document.querySelector(arguments[0]));
const bright = (colour) => { const [r, g, b] = colour.match(/[0-9.]+/g).map(Number); return .3 * r + .59 * g + .11 * b; };
return {text: bright(style.color), background: bright(style.backgroundColor)};
"""
_FOCUSED = """
const node = document.activeElement;
if (!node || node === document.body || node === document.documentElement) return null;
const style = getComputedStyle(node), box = node.getBoundingClientRect();
return {
  nr: [...document.querySelectorAll("*")].indexOf(node),
  text: (node.innerText || node.getAttribute("aria-label") || node.name || "").slice(0, 80),
  outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
  inside: box.width > 0 && box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
};
"""
_FOCUSABLE = """
const nodes = document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary, [tabindex='0']");
return [...nodes].filter((node) => node.checkVisibility() && node.getClientRects().length).length;
"""
_RUN_AXE = "axe.run(document, arguments[0]).then(arguments[1]);"


@contextmanager
def browsing(folder: Path) -> Iterator[Browser]:
    """A browser that keeps all it has in the folder, while the context lasts."""
    found = programs()
    assert found is not None
    options = ChromeOptions()
    options.binary_location, driver = found
    for flag in (*_FLAGS, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chrome = Chrome(options, Service(driver))
    try:
        chrome.set_script_timeout(60)
        yield Browser(chrome, folder)
    finally:
        chrome.quit()
