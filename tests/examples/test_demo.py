"""Both parts of the demo, one after the other."""

import os
from pathlib import Path

import pytest

from emulator.engines import ProcessEngine
from examples.demo import demo

PROGRAMS = Path(__file__).resolve().parents[1] / "fixtures" / "programs"


@pytest.mark.usefixtures("reviews_csv", "articles")
def test_a_model_that_is_not_accurate_fails_the_demo_at_its_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reviews, news = (ProcessEngine(PROGRAMS / name, {"PATH": os.environ["PATH"]}) for name in ("always_neg", "news"))
    assert demo(reviews, news, news, tmp_path / "data", tmp_path / "run") == 1
    said = capsys.readouterr()
    assert said.err.startswith("demo: accuracy is 0.5")
    assert len(said.err.splitlines()) == 1
    assert "Done in" in said.out
    assert (tmp_path / "run" / "news" / "demo-vectors" / "output" / "model.tar.gz").is_file()
