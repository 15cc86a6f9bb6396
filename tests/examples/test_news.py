"""The headlines part, with programs whose model is right only when it was given the vectors."""

import json
import os
from pathlib import Path

import pytest

from emulator.engines import ProcessEngine
from emulator.errors import EmulatorError
from examples import news

PROGRAMS = Path(__file__).resolve().parents[1] / "fixtures" / "programs"


def run(programs: str, articles: Path, reviews_csv: Path) -> list[str]:
    engine = ProcessEngine(PROGRAMS / programs, {"PATH": os.environ["PATH"]})
    return news.run(engine, engine, articles, reviews_csv, articles.parents[3] / "run")


def test_vectors_reach_the_second_model_and_both_are_compared(
    articles: Path, reviews_csv: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("news", articles, reviews_csv) == []
    said = capsys.readouterr().out
    lines = said.splitlines()
    assert [line.split()[0] for line in lines if line[:1].isdigit()] == ["1", "2a", "2b", "3", "4", "5"]
    assert "   mean_rho 0.2500 against people's judgement of word pairs   (1,500,000 words/s)" in lines
    assert "   nearest to market: shares, film" in lines
    without, better = (
        float(line.split("accuracy ")[1].split()[0])
        for line in lines
        if line.startswith("   with") and "accuracy" in line
    )
    assert 0 < without < 0.5
    assert better == 1
    assert f"the vectors add {1 - without:+.4f}" in said
    assert 'Champions, 75% sure; without the word it would lose: "extra" +1.25, "scare" -0.50' in said
    assert "vectors.txt" in said


def test_no_unseen_headline_and_none_of_their_articles_is_learnt_from(articles: Path, reviews_csv: Path) -> None:
    run("news", articles, reviews_csv)
    output = articles.parents[3] / "run"
    unseen = [json.loads(line)["text"] for line in (output / "unseen" / "headlines.jsonl").read_text().splitlines()]
    numbers = {headline.split()[-1] for headline in unseen}
    assert len(numbers) == 500
    corpus = (output / "corpus" / "corpus.txt").read_text().splitlines()
    trained = {line.split()[-1] for line in corpus if line.startswith("body ")}
    assert len(trained) == 10
    assert not trained & numbers
    training = (output / "train" / "headlines.csv").read_text()
    assert not [headline for headline in unseen if f",{headline}\n" in training]


def test_a_model_that_is_not_accurate_is_a_problem(articles: Path, reviews_csv: Path) -> None:
    for path in articles.glob("*/*.txt"):
        path.write_text(f"A {path.read_text()}")
    (problem,) = run("news", articles, reviews_csv)
    assert problem == f"accuracy is 0.0000 on headlines with vectors, and at least {news.LEAST_ACCURACY} was expected"


def test_a_log_without_its_figures_is_named(articles: Path, reviews_csv: Path) -> None:
    with pytest.raises(EmulatorError, match=r"says nothing of train:mean_rho and million words/s: see .*training\.log"):
        run("always_neg", articles, reviews_csv)


def test_missing_articles_are_named(tmp_path: Path, reviews_csv: Path) -> None:
    with pytest.raises(EmulatorError, match="nowhere is missing: `make demo` installs it"):
        run("news", tmp_path / "a" / "b" / "c" / "nowhere", reviews_csv)
