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


@pytest.mark.parametrize(
    ("first", "second"), [(["a", "b", "c"], TEXTS[:3]), (["play", "stop"] * 10, ["music on", "halt"] * 10)]
)
def test_two_columns_without_names_are_label_and_text(first, second):
    assert chosen(named=False, **{"1": first, "2": second})[:2] == ("2", "1")


def test_a_text_alone():
    assert chosen(needs_label=False, id=[str(i) for i in range(20)], review=TEXTS)[:2] == ("review", None)
    with pytest.raises(ChoiceError, match="more than one can be the text: add --text title"):
        chosen(needs_label=False, title=TEXTS, review=TEXTS[::-1])
    with pytest.raises(DriverError, match="has one column"):
        chosen(review=TEXTS)
