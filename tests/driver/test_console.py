"""Characters of every kind, and streams that cannot write all of them."""

import io
import json
import sys
import unicodedata

import pytest

from driver import console, images

EVERYTHING = "".join(map(chr, [*range(0x10000, sys.maxunicode + 1, 97), *range(0xFFFF, -1, -1)]))
"""Backwards, so that no two surrogates are a pair by chance; of the planes above, where nothing is harmful, a part."""

HARMFUL = {"Cc", "Cs", "Zl", "Zp"}
"""Control characters, lone surrogates, and what some take for the end of a line."""


def written(text: str, encoding: str = "utf-8", errors: str = "strict") -> str:
    below = io.BytesIO()
    stream = console.Console(io.TextIOWrapper(below, encoding, errors, newline="\n"))
    assert stream.write(text) == len(text)
    stream.flush()
    return below.getvalue().decode(encoding)


@pytest.mark.parametrize(
    ("encoding", "errors"),
    [("utf-8", "strict"), ("utf-8", "surrogateescape"), ("ascii", "strict"), ("cp1252", "strict")],
)  # surrogateescape is Python's own choice in the C locale
def test_nothing_harmful_is_left_of_all_characters(encoding, errors):
    shown = written(EVERYTHING, encoding, errors)
    harmful = {character for character in set(shown) if unicodedata.category(character) in HARMFUL}
    assert harmful == {"\n", "\t"}
    assert not {"\u202e", "\u2066"} & set(shown)  # nothing turns the direction of what follows


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_json_is_still_the_same_json(encoding):
    document = json.dumps({"text": EVERYTHING}, ensure_ascii=False, indent=2)
    assert json.loads(written(document, encoding)) == json.loads(document)


@pytest.mark.parametrize(
    "text", ["a film\n", "क्षत्रिय", "e\u0301 👩\u200d👩\u200d👧 \u200f", "tab\there", "[ü] C:\\x1b"]
)
def test_text_is_left_alone(text):
    assert written(text) == text


def test_an_escape_says_which_character_it_was():
    assert written("\x1b]52;c;aGk=\x07 \x9b2J \r \udce9") == r"\u001b]52;c;aGk=\u0007 \u009b2J \r \udce9"
    assert written("é 😀", "ascii") == r"\u00e9 \ud83d\ude00"
    assert written("é 😀", "latin-1") == r"é \ud83d\ude00"


def test_control_sequences_of_our_own_pass():
    below = io.StringIO()
    console.control(console.Console(below), "\033[K")
    console.control(below, "\r")
    assert below.getvalue() == "\033[K\r"


def test_both_consoles_are_the_same():
    ours, its = (images.REPOSITORY / folder / "console.py" for folder in ("driver", "emulator"))
    assert ours.read_bytes() == its.read_bytes()
