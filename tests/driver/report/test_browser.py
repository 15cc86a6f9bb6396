"""Reports in a real browser: nothing is asked for, nothing runs, and axe-core has nothing to say against them."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from driver.report import report
from driver.report.report import Found
from tests.browser import browsing
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


@pytest.mark.browser
def test_reports_are_seen_by_everyone_and_ask_for_nothing(tmp_path: Path) -> None:
    with browsing(tmp_path / "profile") as page:
        for name, found in REPORTS.items():
            path = tmp_path / f"{name}.html"
            path.write_text(report.write(found), "utf-8")
            grounds = []
            for dark in (False, True):
                page.size(1000, dark=dark)
                page.open(path.as_uri())
                assert page.violations() == [], name
                picture = np.asarray(Image.open(io.BytesIO(page.picture())).convert("L")).astype(float)
                assert picture.std() > 10, f"{name} is empty"
                grounds.append(np.median(picture))
            assert grounds[0] > 200 > 60 > grounds[1]  # light, and dark
            assert page.run("document.title") in page.run("document.body.innerText")
            assert page.run("document.querySelectorAll('svg text').length > 5") is (name != "failed")
            page.size(320)
            assert page.run("document.documentElement.scrollWidth") <= 320, name  # nothing but a table is wider
            assert page.run("window.hacked") is None
            assert page.printed().startswith(b"%PDF")
        assert [url for url in page.requests if not url.startswith((tmp_path.as_uri(), "data:"))] == []
        assert page.errors == []


@pytest.mark.browser
def test_the_page_s_own_policy_stops_what_gets_in(tmp_path: Path) -> None:
    """A second wall: had escaping failed, no script would run and no address be asked."""
    bad = "<script>window.hacked = 1</script><img src='http://127.0.0.1:9/x' onerror='window.hacked = 2'>"
    html = report.write(REPORTS["one"]).replace("<main>", f"<main>{bad}")
    (tmp_path / "page.html").write_text(html, "utf-8")
    with browsing(tmp_path / "profile") as page:
        page.open((tmp_path / "page.html").as_uri())
        assert page.run("window.hacked") is None
        assert len(page.errors) >= 2  # the console says what was refused
