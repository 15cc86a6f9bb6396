"""A real browser, for tests and benchmarks of pages: Debian's chromium and chromedriver, over WebDriver's protocol."""

import base64
import json
import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

AXE = Path(__file__).resolve().parents[1] / ".venvs/dev/references/axe_playwright_python/axe.min.js"
"""axe-core, of tests/references.lock: the wheel of which this file alone is used."""

SECONDS = 60
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
_FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
    "--disable-features=OptimizationHints,MediaRouter,Translate", "--force-color-profile=srgb",
]  # fmt: skip


class Browser:
    """One window. `look(script)` runs JavaScript in the page and returns what it returns."""

    def __init__(self, driver: str, profile: Path, downloads: Path, language: str = "en"):
        self._driver = driver
        options = {
            "binary": "/usr/bin/chromium",
            "args": [*_FLAGS, f"--user-data-dir={profile}", f"--lang={language}"],
            "prefs": {"download.default_directory": str(downloads), "download.prompt_for_download": False},
        }
        capabilities = {"goog:chromeOptions": options, "goog:loggingPrefs": {"performance": "ALL", "browser": "ALL"}}
        self._session = ""
        session = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self._session = f"/session/{session['sessionId']}"

    def open(self, url: str) -> None:
        """Go to an address. One that differs only behind the # would not be loaded again, so leave the page first."""
        self._ask("POST", "/url", {"url": "about:blank"})
        self._ask("POST", "/url", {"url": url})

    def look(self, script: str, *arguments: Any) -> Any:
        """Return what the body of a function returns, a promise's value too."""
        return self._ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, script: str, *arguments: Any) -> Any:
        """Return what it returns as soon as that is true to JavaScript."""
        deadline = time.monotonic() + SECONDS
        while not (found := self.look(script, *arguments)):
            assert time.monotonic() < deadline, f"{script}\n{self.text()}"
            time.sleep(0.05)
        return found

    def wait_for(self, text: str) -> None:
        """Wait until the page shows a text."""
        self.wait("return document.body.innerText.includes(arguments[0])", text)

    def text(self) -> str:
        """What the page shows."""
        return str(self.look("return document.body.innerText"))

    def keys(self, *keys: str, pause: int = 0) -> None:
        """Press keys one after another, wherever the focus is; `pause` milliseconds after each."""
        pressed: list[dict[str, Any]] = []
        for key in "".join(keys):
            pressed += [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
            pressed += [{"type": "pause", "duration": pause}] if pause else []
        self._ask("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": pressed}]})

    def choose(self, selector: str, path: Path) -> None:
        """Give a field for files a file."""
        found = self._ask("POST", "/element", {"using": "css selector", "value": selector})
        self._ask("POST", f"/element/{found[_ELEMENT]}/value", {"text": str(path)})

    def resize(self, width: int, height: int = 900, scheme: str = "light") -> None:
        """Give the page this size in CSS pixels, smaller than a window may be, and a colour scheme."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.devtools("Emulation.setDeviceMetricsOverride", size)
        feature = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        self.devtools("Emulation.setEmulatedMedia", feature)

    def devtools(self, command: str, parameters: dict[str, Any]) -> Any:
        """Send a command of the DevTools protocol."""
        return self._ask("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def picture(self) -> bytes:
        """A PNG of what is in view."""
        return base64.b64decode(self._ask("GET", "/screenshot"))

    def violations(self) -> list[str]:
        """What axe-core finds wrong with the page: each rule with the elements that break it."""
        self.devtools("Page.setBypassCSP", {"enabled": True})
        self.look(f"{AXE.read_text('utf-8')}; window.axe = axe")
        found = self.look(
            "return window.axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.map("
            "one => one.id + ': ' + one.nodes.map(node => node.html + ' ' + node.failureSummary).join(' | ')))"
        )
        return list(found)

    def requested(self) -> list[str]:
        """The addresses of all requests since it was last asked, as the browser's network layer has them."""
        events = [json.loads(entry["message"])["message"] for entry in self._log("performance")]
        sent = [event["params"] for event in events if event["method"] == "Network.requestWillBeSent"]
        sockets = [event["params"] for event in events if event["method"] == "Network.webSocketCreated"]
        return [one["request"]["url"] for one in sent] + [one["url"] for one in sockets]

    def complaints(self) -> list[str]:
        """What the browser's console says since it was last asked: errors of scripts, and what the policy refused."""
        return [entry["message"] for entry in self._log("browser")]

    def quit(self) -> None:
        """Close the window, and with it the browser."""
        self._ask("DELETE", "")

    def _log(self, kind: str) -> list[dict[str, Any]]:
        return list(self._ask("POST", "/se/log", {"type": kind}))

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        content = None if method != "POST" else json.dumps(body or {}).encode()
        request = urllib.request.Request(f"{self._driver}{self._session}{path}", content, method=method)
        try:
            with urllib.request.urlopen(request, timeout=3 * SECONDS) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(json.load(error)["value"]["message"]) from error


def is_of_this_machine(url: str) -> bool:
    """Whether a request to an address stays here; the browser makes some addresses of what it has."""
    parts = urlsplit(url)
    return parts.hostname == "127.0.0.1" or parts.scheme in ("about", "blob", "chrome", "data")


@contextmanager
def opened(folder: Path) -> Iterator[Browser]:
    """A browser whose profile, log and downloads are in the folder."""
    with (folder / "chromedriver.log").open("wb") as log:
        driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=log)
        assert driver.stdout is not None
        try:
            port = _port(driver.stdout.readline)
            browser = Browser(f"http://127.0.0.1:{port}", folder / "profile", folder / "downloads")
            try:
                yield browser
            finally:
                browser.quit()
        finally:
            driver.terminate()
            driver.wait()
            driver.stdout.close()


def _port(line: Callable[[], bytes]) -> str:
    while said := line().decode():
        if found := re.search(r"successfully on port (\d+)", said):
            return found[1]
    raise AssertionError("chromedriver has ended: see its log")
