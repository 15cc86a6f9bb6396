"""Which column is what: by name, by contents, or asked."""

import pandas
import pytest

from driver.errors import ChoiceError, DriverError
from driver.tables import columns, roles
from driver.tables.table import Choices
from tests.driver.tables.reviews import reviews

TEXTS = [text for _, text in reviews()]
LABELS = [label for label, _ in reviews()]


def chosen(named: bool = True, needs_label: bool = True, **cells: list[str]) -> roles.Roles:
    return roles.choose("a.csv", columns.describe(pandas.DataFrame(cells)), named, Choices(), needs_label)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"review": TEXTS, "sentiment": LABELS, "lang": ["en"] * 20}, ("review", "sentiment")),
        ({"Besprechung": TEXTS, "Urteil": LABELS}, ("Besprechung", "Urteil")),
        ({"reviewText": TEXTS, "overallRating": ["1", "2", "3", "4", "5"] * 4, "helpful": ["0", "1"] * 10},
         ("reviewText", "overallRating")),
        ({"review_id": [f"R{i}" for i in range(20)], "review_date": ["2024-01-02"] * 20, "review": TEXTS, "y": LABELS},
         ("review", "y")),
        ({"text": ["play music", "stop", "play it", "halt"] * 5, "intent": ["play", "stop"] * 10}, ("text", "intent")),
        ({"rating": ["1", "2", "3"], "review": TEXTS[:3]}, ("review", "rating")),
        ({"label": ["pos", "neg"], "text": ["good", "bad"]}, ("text", "label")),
        ({"text": TEXTS, "topic": [f"{LABELS[i]} news and related articles about it" for i in range(20)]},
         ("text", "topic")),
        ({"text": TEXTS, "topic": [f"{i % 7} news and articles about it, in short" for i in range(20)]},
         ("text", "topic")),
        ({"a": [TEXTS[i % 2] for i in range(20)], "b": LABELS}, ("a", "b")),
    ],
)  # fmt: skip
def test_certain_columns(cells, expected):
    assert chosen(**cells)[:2] == expected


@pytest.mark.parametrize(
    ("cells", "ways"),
    [
        ({"text": TEXTS, "label": ["0", "1"] * 10, "label_text": LABELS}, [("text", "label"), ("text", "label_text")]),
        ({"comment": TEXTS, "score": [str(i * 7) for i in range(20)]}, [("comment", "score")]),
        ({"a": TEXTS, "b": TEXTS[::-1], "c": LABELS}, [("a", "c"), ("b", "c")]),
    ],
)
def test_columns_to_be_chosen(cells, ways):
    with pytest.raises(ChoiceError) as error:
        chosen(**cells)
    assert error.value.ways == [["--text", text, "--label", label] for text, label in ways]


def test_two_columns_without_names_that_may_be_swapped_are_asked_about():
    with pytest.raises(ChoiceError) as error:
        chosen(named=False, **{"1": ["good film", "bad film", "nice film"], "2": ["pos", "neg", "pos"]})
    assert error.value.ways[0] == ["--text", "1", "--label", "2"]


@pytest.mark.parametrize(
    ("first", "second"), [(["a", "b", "c"], TEXTS[:3]), (["play", "stop"] * 10, ["music on", "halt"] * 10)]
)
def test_two_columns_without_names_are_label_and_text(first, second):
    assert chosen(named=False, **{"1": first, "2": second})[:2] == ("2", "1")


def test_a_sentence_of_labels_that_all_differ_is_true():
    topics = [f"{number % 11} news and other articles about it, in short" for number in range(20)]
    with pytest.raises(ChoiceError) as error:
        chosen(text=TEXTS, topic=topics)
    assert "nearly every" not in str(error.value)
    assert error.value.ways[0][1::2] == ["text", "topic"]


def test_one_column_is_not_both():
    facts = columns.describe(pandas.DataFrame({"m": TEXTS, "y": LABELS}))
    with pytest.raises(DriverError, match="--text and --label both name the column m: name two columns"):
        roles.choose("a.csv", facts, True, Choices(text="m", label="1"))


def test_a_column_whose_name_begins_like_a_flag_can_be_pasted():
    with pytest.raises(ChoiceError) as error:
        chosen(**{"-a": TEXTS, "b": TEXTS[::-1], "c": LABELS})
    assert error.value.ways[0] == ["--text=-a", "--label", "c"]


def test_a_text_alone():
    assert chosen(needs_label=False, id=[str(i) for i in range(20)], review=TEXTS)[:2] == ("review", None)
    with pytest.raises(ChoiceError, match="more than one can be the text: add --text title"):
        chosen(needs_label=False, title=TEXTS, review=TEXTS[::-1])
    with pytest.raises(DriverError, match="has one column"):
        chosen(review=TEXTS)
