"""`data import`: parts, the folder whole or not at all, and the command that does it again."""

import json
import shlex
from collections import Counter
from pathlib import Path

import pandas
import pytest

from driver.tables.checking import key
from tests.driver.tables.conftest import as_images_read
from tests.driver.tables.reviews import frame, reviews

IMPORT = ("data", "import", "a.csv", "--to", "out")


def parts(folder: str = "out") -> dict[str, list[tuple[str | None, str]]]:
    return {path.name: as_images_read(path) for path in sorted(Path(folder).iterdir()) if path.is_dir()}


def test_parts_have_their_shares_and_the_same_seed_makes_the_same(run):
    frame(200).to_csv("a.csv", index=False)
    split = ("--split", "0.8/0.1/0.1", "--stratify")
    assert run(*IMPORT, *split, "--seed", "1")[0] == 0
    first = parts()
    assert {name: Counter(label for label, _ in part) for name, part in first.items()} == {
        "train": {"pos": 80, "neg": 80}, "validation": {"pos": 10, "neg": 10}, "test": {"pos": 10, "neg": 10},
    }  # fmt: skip
    assert sorted(record for part in first.values() for record in part) == sorted(reviews(200))
    command = json.loads(Path("out/import.json").read_text())["command"]
    assert run(*shlex.split(command.replace("--to out", "--to again"))[1:])[0] == 0
    assert parts("again") == first
    assert run("data", "import", "a.csv", "--to", "other", *split, "--seed", "2")[0] == 0
    assert parts("other") != first


def test_the_same_text_is_never_on_both_sides(run):
    table = frame(40)
    repeated = table.assign(review=[text.upper() if i % 3 else f"  {text}" for i, text in enumerate(table.review)])
    pandas.concat([table, repeated, table]).to_csv("a.csv", index=False)
    assert run(*IMPORT, "--split", "50/50")[0] == 0
    train, validation = ({key(text) for _, text in part} for part in parts().values())
    assert train & validation == set()
    assert len(train | validation) == 40
    assert [len(part) for part in parts().values()] == [60, 60]


def test_a_folder_that_holds_something_is_left_alone(run):
    frame().to_csv("a.csv", index=False)
    Path("out").mkdir()
    Path("out/mine.txt").write_text("mine")
    code, _, err = run(*IMPORT)
    assert (code, err) == (1, "launch.py: out exists and is not empty: choose another folder with --to\n")
    assert [path.name for path in Path("out").iterdir()] == ["mine.txt"]


def test_nothing_is_written_of_what_is_refused(run):
    Path("a.csv").write_text("label,text\npos,\nneg,A film\n")
    code, _, err = run(*IMPORT)
    assert code == 1
    assert err == (
        "launch.py: a.csv has 1 row that cannot be used:\n  a.csv line 2: the text is empty\ncorrect them, or leave "
        "them out: ./launch.py data import a.csv --to out --skip-bad\n"
    )
    assert sorted(path.name for path in Path().iterdir()) == ["a.csv"]


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("--split", "0.8"), '--split is "0.8": give the parts of train, validation and test'),
        (("--split", "1/-1"), '--split is "1/-1": give the parts'),
        (("--split", "0.98/0.01/0.01"), "--split leaves nothing for validation, test: 20 records are too few for it"),
        (("--stratify",), "--stratify says how to part the records: add --split"),
        (("--seed", "3"), "--seed says how to part the records: add --split"),
        (("--seed", "0"), "--seed says how to part the records: add --split"),
        (("--text", "review", "--label", "2"), "--text and --label both name the column review: name two columns"),
        (("--map", "pos"), '--map is "pos": expected OLD,OLD=NEW'),
        (("--drop", "positive"), '--drop: no row has the label "positive": the labels are'),
        (("--text", "revew"), '--text: no column is called "revew": did you mean review?'),
        (("--label", "9"), '--label: no column is called "9": choose from sentiment, review, or give a number'),
        (("--delimiter", "ab"), 'the delimiter is "ab": give one character, or tab'),
        (("--encoding", "latin9000"), 'no encoding is called "latin9000"'),
        (("--encoding", "ascii"), "a.csv line 3: a byte is not ascii"),
        (("--for", "xgboost"), 'no image called "xgboost" exists'),
    ],
)
def test_flags_that_do_not_fit_the_file(run, flags, sentence):
    table = frame()
    table.loc[1, "review"] += " Café."
    table.to_csv("a.csv", index=False)
    code, _, err = run(*IMPORT, *flags)
    assert code == 1
    assert sentence in err
    assert not Path("out").exists()


def test_a_lone_surrogate_becomes_a_character_that_can_be_written(run):
    rows = [{"label": label, "text": f"{text} \ud83d"} for label, text in reviews(4)]
    Path("a.csv").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert run(*IMPORT)[0] == 0
    assert parts()["train"][0][1].endswith(" \ufffd")
