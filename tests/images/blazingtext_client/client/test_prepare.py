import threading

import pytest
from blazingtext_client import examples
from blazingtext_client.client.prepare import labelled, sentences
from smcontract.errors import UserError
from textprep.errors import DataError

from ..opt_ml import OptMl

CSV = 'pos,"A <b>great</b> film,\nisn\'t it? 10/10"\nneg,Dull &amp; long\npos,!!!\n'


@pytest.fixture
def source(tmp_path):
    def make(content, name="reviews.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


def left(folder):
    return sorted(path.name for path in folder.iterdir())


def test_each_text_is_a_line_of_its_words(source, tmp_path):
    lines = source('{"label": 1, "text": "Le CAFÉ"}\n', "more.jsonl")
    plain = source("One line\nand another\n", "plain.txt")
    made = sentences([source(CSV), lines, plain], tmp_path / "train.out")
    expected = "a great film isn t it 10 10\ndull long\nle café\none line\nand another\n"
    assert (tmp_path / "train.out").read_text() == expected
    assert made == (5, len(expected.split()), 1, {})
    assert left(tmp_path) == ["more.jsonl", "plain.txt", "reviews.csv", "train.out"]


def test_labels_stand_before_the_words(source, tmp_path):
    made = labelled([source(CSV)], tmp_path / "train.txt")
    expected = "__label__pos a great film isn t it 10 10\n__label__neg dull long\n"
    assert (tmp_path / "train.txt").read_text() == expected
    assert (made.lines, made.left_out, made.labels) == (2, 1, {})


def test_white_space_in_a_label_becomes_an_underscore_and_is_told(source, tmp_path):
    made = labelled([source("science and tech,Space\narts,Paint\n science and  tech,More\n".replace("  ", " "))],
                    tmp_path / "train.txt")  # fmt: skip
    assert (tmp_path / "train.txt").read_text().splitlines() == [
        "__label__science_and_tech space", "__label__arts paint", "__label__science_and_tech more",
    ]  # fmt: skip
    assert made.labels == {"science and tech": "science_and_tech"}


def test_the_twin_reads_what_was_prepared(source, tmp_path):
    labelled([source("science and tech,Space __label__x\narts,Paint\n")], tmp_path / "made.txt")
    channel = OptMl(tmp_path / "ml").put("train", (tmp_path / "made.txt").read_bytes(), content_type="text/plain")
    read = examples.Reader(threading.Event()).read(channel, tmp_path / "read", 1)
    assert read.labels == ["__label__science_and_tech", "__label__arts"]
    assert read.first == ("space label x", "paint")


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        ("a_b,x\na b,y\n", "r.csv", 'line 2: the labels "a_b" and "a b" would both be written as "__label__a_b"'),
        ("__label__a,x\n", "r.csv", 'the label "__label__a" already has __label__: leave it out'),
        ("text alone\n", "r.txt", "plain text has no labels"),
        ("a,!!!\n", "r.csv", "found no words in .*r.csv"),
        ("a,b\n", "r.parquet", "has an unknown extension: use one of .csv, .json"),
    ],
)
def test_what_cannot_be_labelled_is_refused(source, tmp_path, content, name, sentence):
    path = source(content, name)
    with pytest.raises(UserError, match=sentence):
        labelled([path], tmp_path / "train.txt")
    assert left(tmp_path) == [name]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("pos,fine\npos,a,b\n", "reviews.csv line 2: 3 columns instead of 2"),
        (b"pos,fine\npos,\xff\n", "reviews.csv line 2: byte 5 is not UTF-8"),
        ("pos,fine\n,x\n", "reviews.csv line 2: the label is missing"),
    ],
)
def test_a_bad_record_leaves_no_file_and_an_old_one_as_it_was(source, tmp_path, content, sentence):
    path = source(content)
    with pytest.raises(DataError, match=sentence):
        sentences([path], tmp_path / "train.txt")
    assert left(tmp_path) == ["reviews.csv"]
    (tmp_path / "train.txt").write_text("of yesterday")
    with pytest.raises(DataError):
        sentences([path], tmp_path / "train.txt")
    assert (tmp_path / "train.txt").read_text() == "of yesterday"


def test_a_missing_file_a_missing_folder_and_itself_are_refused(source, tmp_path):
    path = source(CSV)
    with pytest.raises(UserError, match=r"none.csv does not exist"):
        sentences([tmp_path / "none.csv"], tmp_path / "train.txt")
    with pytest.raises(UserError, match=r"cannot write .*nowhere/train.txt: No such file or directory"):
        sentences([path], tmp_path / "nowhere" / "train.txt")
    with pytest.raises(UserError, match="would be overwritten"):
        sentences([path], path)
    assert path.read_text() == CSV
