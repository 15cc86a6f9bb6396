import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textprep.tokens import tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \t\r\n\x00\x1c\x85\u2028", []),
        ("snake_case it's", ["snake", "case", "it", "s"]),
        ("10/10 3.5", ["10", "10", "3", "5"]),
        ("最高の映画だ。", ["最高の映画だ"]),
        ("👍🏽 good👍film", ["good", "film"]),
        ("cafe\u0301 café", ["cafe", "café"]),  # a combining accent is no letter; see `clean`: nothing is normalised
        ("i\u0307stanbul", ["i", "stanbul"]),
        ("x²½ ٣", ["x²½", "٣"]),
        ("a" * 1_000_000, ["a" * 1_000_000]),
    ],
)
def test_examples(text, expected):
    assert tokens(text) == expected


@given(st.text() | st.text(st.characters(max_codepoint=127)))
def test_words_are_the_runs_of_letters_and_digits(text):
    assert tokens(text) == re.findall(r"[^\W_]+", text)
