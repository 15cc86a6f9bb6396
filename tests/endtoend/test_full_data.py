"""The two notebooks, and a report, on the full data, which DATA_SETS names the folder of."""

import json
import os
import tarfile
from pathlib import Path

import pytest

from tests.driver.report.documents import numbers
from tests.endtoend.conftest import PATIENCE, Run
from tests.endtoend.test_notebooks import notebook

pytestmark = [
    PATIENCE,
    pytest.mark.full_data,
    pytest.mark.long,
    pytest.mark.parametrize("state", ["process"], indirect=True),
]


def full(part: str) -> Path:
    return Path(os.environ["DATA_SETS"]) / part


def test_the_classic_notebook_on_the_official_data(settings: dict[str, str], tmp_path: Path) -> None:
    said = notebook("classic", settings, tmp_path, "--imdb", str(full("imdb/aclImdb_v1.tar.gz")))
    assert "on 25,000 reviews" in said.splitlines()[-1]


def test_the_workshop_on_the_whole_news_aggregator(settings: dict[str, str], tmp_path: Path) -> None:
    news = full("news-aggregator/NewsAggregatorDataset.zip")
    said = notebook("workshop", settings, tmp_path, "--news", str(news))
    assert "on 84,527 headlines" in said.splitlines()[-1]


def test_a_report_of_the_official_data_has_every_figure(launch: Run, tmp_path: Path) -> None:
    launch("data", "get", "imdb", "--from", str(full("imdb/aclImdb_v1.tar.gz")), "--to", "imdb")
    launch("train", "xgboost-sentiment", "--name", "imdb", "--train", "imdb/train", "--test", "imdb/test")
    launch("report", "imdb", "--output", "report.html")
    launch("fetch", "imdb", "--output", "output")
    with tarfile.open(tmp_path / "output" / "output.tar.gz") as archive:
        metrics = json.load(archive.extractfile("metrics.json"))  # type: ignore[arg-type]
    page = tmp_path / "report.html"
    assert page.stat().st_size <= 1.5e6
    shown = numbers(page.read_text("utf-8"))
    assert metrics["test"]["confusion"][0][0] in shown
    assert set(metrics["latest"].values()) <= set(shown)
    assert metrics["latest"]["test:accuracy"] > 0.92
