"""A page in Debian's chromium: what it shows, asks for and says, what axe-core says of it. Over DevTools, by a pipe."""

import base64
import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from axe_playwright_python import base as axe

AXE = Path(axe.__file__).with_name("axe.min.js")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars", "--remote-debugging-pipe",
)  # fmt: skip


class Page:
    """An open page. `requests` are the addresses that it asked for, `errors` what its console has said."""

    def __init__(self, reader: Any, writer: Any) -> None:
        self._reader, self._writer, self._number, self._session = reader, writer, 0, None
        self.requests: list[str] = []
        self.errors: list[str] = []
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self._call(f"{domain}.enable")

    def open(self, url: str) -> None:
        """Go there, and wait until all is loaded."""
        self._call("Page.navigate", url=url)
        self._until("Page.loadEventFired")

    def size(self, width: int, height: int = 900, dark: bool = False) -> None:
        """Give the window a size in pixels, and the reader a taste."""
        self._call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", media="", features=[scheme])

    def run(self, script: str) -> Any:
        """Return the value of an expression, of a promise when it is kept. Not bound by the page's own policy."""
        answer = self._call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def picture(self) -> bytes:
        """Return a PNG of the whole page."""
        size = self._call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        return base64.b64decode(self._call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)["data"])

    def printed(self) -> bytes:
        """Return a PDF, as the browser prints the page."""
        return base64.b64decode(self._call("Page.printToPDF")["data"])

    def violations(self) -> list[str]:
        """Return each rule of accessibility that the page breaks, and where."""
        self.run(AXE.read_text())
        found = self.run(
            "axe.run(document, {resultTypes: ['violations']}).then(each => JSON.stringify(each.violations))"
        )
        return [
            f"{rule['id']}: {rule['help']}: {node['html'][:200]}: {node.get('failureSummary', '')}"
            for rule in json.loads(found)
            for node in rule["nodes"]
        ]

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        self._writer.write(
            json.dumps(message | ({"sessionId": self._session} if self._session else {})).encode() + b"\0"
        )
        self._writer.flush()
        while (answer := self._read()).get("id") != self._number:
            pass
        assert "error" not in answer, answer
        found: dict[str, Any] = answer["result"]
        return found

    def _until(self, event: str) -> None:
        while self._read().get("method") != event:
            pass

    def _read(self) -> dict[str, Any]:
        content = bytearray()
        while (byte := self._reader.read(1)) != b"\0":
            assert byte, "chromium has ended"
            content += byte
        message: dict[str, Any] = json.loads(content)
        told = message.get("params", {})
        match message.get("method"):
            case "Network.requestWillBeSent":
                self.requests.append(told["request"]["url"])
            case "Runtime.exceptionThrown" | "Log.entryAdded":
                self.errors.append(json.dumps(told))
        return message


@contextlib.contextmanager
def browsing(profile: Path) -> Iterator[Page]:
    """Start a browser with a page; it ends, and with it all that it started."""
    from_browser, its_output = os.pipe()
    its_input, to_browser = os.pipe()
    # It reads its commands from descriptor 3, and writes its answers to 4.
    start = 'exec 3<&"$1" 4>&"$2"; shift 2; exec "$@"'
    profile.mkdir(parents=True, exist_ok=True)
    with (profile / "chromium.log").open("wb") as log:
        browser = subprocess.Popen(
            ["bash", "-c", start, "bash", str(its_input), str(its_output),
             "chromium", *FLAGS, f"--user-data-dir={profile}"],
            start_new_session=True, stdout=log, stderr=log, pass_fds=(its_input, its_output),
        )  # fmt: skip
    os.close(its_input)
    os.close(its_output)
    try:
        with os.fdopen(from_browser, "rb") as reader, os.fdopen(to_browser, "wb") as writer:
            yield Page(reader, writer)
    finally:
        os.killpg(browser.pid, signal.SIGKILL)
        browser.wait()
