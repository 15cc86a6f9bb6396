import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textprep.characters import mark, nfc, scalars

from tests.growth import LINEAR, growth

MARKS = "\u0300\u0301\u0315\u0316\u0327\u0344\u034f\u0345\u093c\u0f73\u0f75\u0f81\u20dd\ufe0f\U0001d165\U0001e136"


@given(st.text(st.characters()))
def test_scalars_can_be_written_and_change_nothing_else(text):
    assert scalars(text).encode().decode() == re.sub("[\ud800-\udfff]", "\ufffd", text)


def test_the_marks_are_all_that_unicode_has():
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    marks = [character for character in everything if unicodedata.category(character).startswith("M")]
    assert re.findall(mark(), everything) == marks


@given(st.text(st.characters()) | st.text(MARKS + "aé最👍", max_size=200))
def test_nfc_is_that_of_the_standard_library(text):
    assert nfc(text) == unicodedata.normalize("NFC", text)


@given(st.lists(st.text(MARKS, min_size=1, max_size=9).map(lambda marks: marks * 20) | st.characters(), max_size=5))
def test_nfc_of_long_runs_of_marks_is_that_of_the_standard_library(parts):
    assert nfc("".join(parts)) == unicodedata.normalize("NFC", "".join(parts))


@pytest.mark.parametrize(
    "unit", ["\u0315\u0316", "\u0f73", "\U0001d165\u0301\U0001d17b", "\u0327\u0301", "\u0344\u0316", "क\u093c"]
)
def test_the_time_grows_with_the_length_alone(unit):
    assert growth(nfc, lambda n: "a" + unit * n) < LINEAR
