"""The C code beside the Python code on every character and every reference, by every rule."""

import sys
from html.entities import html5

from textprep.clean import clean
from textprep.tokens import RULES, tokens

from tests.textprep.test_core import split


def compare_by_every_rule(texts):
    cleaned = [clean(text) for text in texts]
    for rule in RULES:
        assert split(texts, rule) == [tokens(text, rule) for text in cleaned]


def test_each_character_is_as_the_python_code_has_it():
    characters = [chr(point) for point in range(sys.maxunicode + 1)]
    few = [*range(0x3100), *range(0xA000, 0xAC00), *range(0xD700, 0x20000), *range(0xE0000, 0xE0200)]
    texts = [f"a{characters[point]}B {characters[point]}" for point in few]
    texts += ["B ".join(characters[start : start + 64]) for start in range(0, len(characters), 64)]
    compare_by_every_rule(texts)


def test_each_reference_is_as_the_python_code_has_it():
    texts = [f"&{name}{after}" for name in html5 for after in ("", ";", "x", "=", "<", "é")]
    texts += [f"a&#{form}{end}b" for n in range(0x110010 + 1) if n < 300 or n % 251 == 0 or n & 0xFFFF > 0xFFF0
              for form, end in ((n, ";"), (f"x{n:x}", ""), (f"X0{n:X}", ";"))]  # fmt: skip
    compare_by_every_rule(texts)
