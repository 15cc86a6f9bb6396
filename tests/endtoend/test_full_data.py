"""The two notebooks on the full data, which DATA_SETS names the folder of: 86 % on the official IMDB test reviews."""

import os
from pathlib import Path

import pytest

from tests.endtoend.conftest import PATIENCE
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
