"""Reports in a real browser: nothing is asked for, nothing runs, and axe-core has nothing to say against them."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench import browser
from bench.browser import Browser
from driver.report import report
from driver.report.report import Found
from tests.driver.report.documents import HOSTILE, evaluation, job, search

TRIALS = [(0.6 + number / 100, {"eta": str(number / 10)}) for number in range(1, 7)]
FAILED = {"TrainingJobStatus": "Failed", "FailureReason": HOSTILE}
REPORTS = {
    "one": Found(["reviews"], [job(evaluation())]),
    "several": Found(["a", "b"], [job(evaluation(), "a"), job(evaluation(wrong=2), "b")]),
    "search": Found(["search"], [], search(*TRIALS)),
    "failed": Found(["reviews"], [job(None, **FAILED)]),
    "hostile": Found(["reviews"], [job(evaluation(labels=(HOSTILE, "pos", "long label " * 30), text=HOSTILE * 3))]),
}


pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Browser]:
    with browser.opened(tmp_path) as opened:
        yield opened


def median_and_spread(png: bytes) -> tuple[float, float]:
    """Of a picture's brightness, from 0 to 255."""
    picture = np.asarray(Image.open(io.BytesIO(png)).convert("L")).astype(float)
    return float(np.median(picture)), float(picture.std())


def test_reports_are_seen_by_everyone_and_ask_for_nothing(window: Browser, tmp_path: Path) -> None:
    window.requested()
    for name, found in REPORTS.items():
        path = tmp_path / f"{name}.html"
        path.write_text(report.write(found), "utf-8")
        grounds = []
        for scheme in ("light", "dark"):
            window.resize(1000, scheme=scheme)
            window.open(path.as_uri())
            assert window.violations() == [], name
            ground, spread = median_and_spread(window.picture())
            assert spread > 10, f"{name} is empty"
            grounds.append(ground)
        assert grounds[0] > 200 > 60 > grounds[1]  # light, and dark
        assert report.summary(found).split(".")[0] in window.text()
        assert window.look("return document.querySelectorAll('svg text').length > 5") is (name != "failed")
        window.resize(320)
        assert window.look("return document.documentElement.scrollWidth") <= 320, name  # a wide table scrolls by itself
        assert window.look("return window.hacked") is None
        assert base64.b64decode(window.devtools("Page.printToPDF", {})["data"]).startswith(b"%PDF")
    requested = window.requested()
    assert len(requested) >= 2 * len(REPORTS)
    foreign = [url for url in requested if not url.startswith(tmp_path.as_uri())]
    assert [url for url in foreign if not url.startswith(("about:", "chrome:", "data:"))] == []  # the browser's own
    assert window.complaints() == []


def test_the_page_s_own_policy_stops_what_gets_in(window: Browser, tmp_path: Path) -> None:
    """A second wall: had escaping failed, no script would run and no address be asked."""
    bad = "<script>window.hacked = 1</script><img src='http://127.0.0.1:9/x' onerror='window.hacked = 2'>"
    html = report.write(REPORTS["one"]).replace("<main>", f"<main>{bad}")
    (tmp_path / "page.html").write_text(html, "utf-8")
    window.open((tmp_path / "page.html").as_uri())
    assert window.look("return window.hacked") is None
    assert len([said for said in window.complaints() if "Content Security Policy" in said]) >= 2
