import pytest
from textprep.errors import DataError
from textprep.stem import UNKNOWN
from textprep.vocabulary import Vocabulary

TERMS, COUNTS = ["film", "good", "bad", "最高", "act"], [9, 4, 4, 4, 1]


@pytest.mark.parametrize(
    ("size", "min_count", "expected"),
    [
        (10, 1, ("film", "bad", "good", "最高", "act")),
        (10, 2, ("film", "bad", "good", "最高")),
        (2, 1, ("film", "bad")),
        (10, 10, ()),
    ],
)
def test_keeps_the_most_frequent_and_of_equals_the_alphabetically_first(size, min_count, expected):
    assert Vocabulary.from_counts(TERMS, COUNTS, size=size, min_count=min_count).terms == expected


def test_ids_are_positions():
    vocabulary = Vocabulary.from_counts(TERMS, COUNTS, size=10, min_count=1)
    assert vocabulary.ids_of(["bad", "unheard", "film"]).tolist() == [1, UNKNOWN, 0]
    assert vocabulary.first(2).terms == ("film", "bad")
    assert len(vocabulary) == 5


@pytest.mark.parametrize("vocabulary", [Vocabulary((), ()), Vocabulary(("film", "最高"), (3, 1))])
def test_text_and_back(vocabulary):
    assert Vocabulary.from_text(vocabulary.to_text()) == vocabulary


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("film 3\n", 1),
        ("film\t3\ngood\n", 2),
        ("film\tthree\n", 1),
        ("film\t-3\n", 1),
        ("\t3\n", 1),
        ("film\t3\tgood\n", 1),
        ("film\t3\n\ngood\t2\n", 2),
        ("film\t3\ngood\t4\n", 2),  # more frequent than the one before
        ("film\t3\nbad\t3\n", 2),  # not in alphabetical order
        ("film\t3\nfilm\t3\n", 2),
    ],
)
def test_a_line_that_cannot_be_is_named(text, line):
    with pytest.raises(DataError, match=f"vocabulary line {line} is"):
        Vocabulary.from_text(text)


def test_a_count_of_too_many_digits_is_named():
    with pytest.raises(DataError, match="vocabulary line 1 is"):
        Vocabulary.from_text("film\t" + "1" * 4301 + "\n")
