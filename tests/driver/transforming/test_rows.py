"""Which files are tables to be sent as JSON Lines, and which the endpoint takes as they are."""

import json
from pathlib import Path

import pytest

from driver.errors import ChoiceError, DriverError
from driver.tables.table import Choices
from driver.transforming import results, rows
from driver.transforming.answers import Answer

TABLES = {
    "header.csv": "review\nA fine film\nA dull film\n",
    "quoted.csv": 'review\n"A fine,\nlong film"\nDull\n',
    "unquoted.csv": "A fine, long film\nA dull film\nA film, but a long one, of all things\n",
    "columns.csv": "7,A fine and long film\n8,A dull and long film\n9,A film\n",
    "labelled.csv": "pos,A fine and long film\nneg,A dull and long film\npos,A film\nneg,No film\n",
    "newline.csv": '"A fine,\nlong film"\n"A dull film"\n',
    "semicolons.csv": "id;review\n1;A fine, long film\n2;A dull, long film\n",
    "latin.csv": "A fine caf\xe9\nA dull caf\xe9\n".encode("latin-1"),
    "array.json": '[{"id": 1, "review": "A fine film"}, {"id": 2, "review": "A dull film"}]',
    "keys.jsonl": '{"id": 1, "review": "A fine film"}\n{"id": 2, "review": "A dull film"}\n',
    "tabs.tsv": "id\treview\n1\tA fine film\n2\tA dull film\n",
}
BODIES = {
    "plain.csv": '"A fine, long film"\n"A dull, long film"\n',
    "numbers.csv": "0,1.5,3\n1,,2\n",
    "lines.txt": "id,review\n1,A film\n",
    "records.jsonl": '\n{"text": "A film", "id": 7}\nnot JSON\n',
    "strings.jsonl": '"A film"\n',
    "request.json": '{"instances": ["A film"]}',
    "rows.libsvm": "1 3:1.0\n",
    "ids.npy": b"\x93NUMPY",
}


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_sent_as_a_text_on_each_line(tmp_path, name):
    choices = Choices(encoding="latin-1" if name == "latin.csv" else None)
    found = rows.find(written(tmp_path, name, TABLES[name]), choices, False, print)
    lines = [json.loads(line) for line in found.write(tmp_path / "sent", "text").read_text("utf-8").splitlines()]
    assert [list(line) for line in lines] == [["text"]] * len(found.table.positions)
    assert lines[0]["text"].startswith("A fine")
    assert len(lines) in (2, 3, 4)


@pytest.mark.parametrize("name", BODIES)
def test_what_the_endpoint_takes_is_left_as_it_is(tmp_path, name):
    assert rows.find(written(tmp_path, name, BODIES[name]), Choices(), False, print) is None


def test_what_cannot_be_told_is_the_users_to_say(tmp_path):
    path = written(tmp_path, "two.csv", "title,body\nA fine film,It is long and good\nA dull one,It is long and bad\n")
    with pytest.raises(ChoiceError, match="more than one can be the text: add --text title"):
        rows.find(path, Choices(), False, print)
    found = rows.find(path, Choices(text="body"), False, print)
    assert found.column("1", "--id") == ["A fine film", "A dull one"]
    with pytest.raises(DriverError, match="--id: no column is called"):
        found.column("nr", "--id")


def test_bad_rows_are_named_before_anything_is_sent(tmp_path):
    path = written(tmp_path, "bad.csv", "id,review\n1,A fine film\n2,A dull, long film\n3,A third film\n")
    with pytest.raises(ChoiceError, match=r"bad.csv has 1 row that cannot be used:\n  bad.csv line 3: "):
        rows.find(path, Choices(), False, print)
    assert len(rows.find(path, Choices(skip_bad=True), True, print).table.positions) == 2


def test_numbers_below_a_header_are_refused(tmp_path):
    path = written(tmp_path, "features.csv", "age,height\n1,2\n3,4\n")
    with pytest.raises(DriverError, match=r"numbers below a header.*: remove its first line"):
        rows.find(path, Choices(), False, print)


def test_the_summary_says_where_and_why_up_to_a_limit():
    failures = [(f"a.csv line {number}", "the text is empty") for number in range(2, 14)]
    assert results.summary(1234, failures) == (
        "1,234 rows, 12 failed (lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more: the text is empty)"
    )
    several = [(f"a.csv line {number}", f"reason {number}") for number in range(1, 6)]
    assert results.summary(5, several).endswith("; line 3: reason 3; and 2 other reasons)")
    assert results.summary(1, []) == "1 row"


def test_a_file_of_predictions_is_whole_or_not_there(tmp_path):
    path = tmp_path / "nowhere" / "a.predictions.csv"
    with pytest.raises(DriverError, match=r"cannot write .*a.predictions.csv: No such file"):
        results.write(path, {}, [Answer("pos", "0.9")])
    results.write(tmp_path / "a.csv", {"label": ["x"], "predicted_label": ["y"]}, [Answer("pos", "0.9")])
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbflabel,predicted_label,predicted_predicted_label,")
