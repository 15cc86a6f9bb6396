import pytest

from driver.errors import ChoiceError, DriverError
from driver.tables.table import Choices
from driver.transforming import labels


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("labels.csv", '1,"a, text"\n0,another\n'),
        ("labels.txt", "1\n\n0\n"),
        ("labels.jsonl", '{"label": 1, "text": "a"}\n{"label": "0"}\n'),
        ("one.csv", "label\n1\n0\n"),
        ("headed.csv", 'review;rating\n"a fine, long film";1\n"a dull and long film";0\n'),
        ("after.csv", "a fine and long film,1\na dull and long film,0\na film,1\na third film,0\n"),
        ("supervised.txt", "__label__1 \n__label__0\n"),
    ],
)
def test_labels(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    assert labels.read(tmp_path / name, Choices())[:2] == ["1", "0"]


def test_the_column_is_named_where_it_is_not_certain(tmp_path):
    path = tmp_path / "two.csv"
    path.write_text("review,stars,topic\na fine film,5,film\na dull film,1,film\na book,5,book\na dull book,1,book\n")
    with pytest.raises(ChoiceError, match="not certain which has the true labels: add --label") as error:
        labels.read(path, Choices())
    assert [[*flags] for flags in error.value.ways] == [["--label", "stars"], ["--label", "topic"]]
    assert labels.read(path, Choices(label="topic")) == ["film", "film", "book", "book"]
    assert labels.read(path, Choices(label="2")) == ["5", "1", "5", "1"]


def test_labels_that_cannot_be_read(tmp_path):
    with pytest.raises(DriverError, match="does not exist: check the path"):
        labels.read(tmp_path / "nowhere", Choices())
    (tmp_path / "l.jsonl").write_text('{"text": "a"}\n')
    with pytest.raises(DriverError, match="expected an object with the key label on each line"):
        labels.read(tmp_path / "l.jsonl", Choices())
