import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textprep.clean import clean
from textprep.tokens import MARKS, tokens

from tests.growth import LINEAR, growth

ANY_TEXT = st.text(st.characters()) | st.text(
    "aßéइ9_'\u200c\u200d\u0301\u0307\u093f\u093c\ufe0f\u20e3iI .\U00011038\U00011013", max_size=40
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \t\r\n\x00\x1c\x85\u2028", []),
        ("snake_case it's", ["snake", "case", "it", "s"]),
        ("10/10 3.5", ["10", "10", "3", "5"]),
        ("最高の映画だ。", ["最高の映画だ"]),
        ("👍🏽 good👍film", ["good", "film"]),
        ("cafe\u0301 café", ["café", "café"]),
        ("i\u0307stanbul i\u0307", ["istanbul", "i"]),
        ("हिन्दी फ़िल्म, अच्छी!", ["हिन्दी", "फ\u093cिल्म", "अच्छी"]),
        ("فِيلْمٌ جَمِيلٌ", ["فِيلْمٌ", "جَمِيلٌ"]),
        ("ภาพยนตร์ที่ดี", ["ภาพยนตร์ที่ดี"]),
        ("திரைப்படம் চলচ্চিত্র", ["திரைப்படம்", "চলচ্চিত্র"]),
        ("می\u200cبینم \u200cفیلم\u200c، \u200c", ["می\u200cبینم", "فیلم"]),
        ("क्\u200dष र\u200d্य \u200d", ["क्\u200dष", "र\u200d্य"]),
        ("a\u200c\u200d\u200cb\u200c_\u200cc", ["a\u200c\u200d\u200cb", "c"]),
        ("\u0301a ❤\ufe0f 👨\u200d👩\u200d👧 1\ufe0f\u20e3", ["a", "1\ufe0f\u20e3"]),  # a mark alone is not a word
        ("שָׁלוֹם Ἀθῆναι 한국 \u1112\u1161\u11ab", ["שָׁלוֹם", "Ἀθῆναι", "한국", "한"]),
        ("𑀓𑀸 𐐀", ["𑀓𑀸", "𐐀"]),
        ("x²½ ٣", ["x²½", "٣"]),
        ("soft\xadhyphen zero\u200bwidth", ["soft", "hyphen", "zero", "width"]),
        ("a" * 1_000_000, ["a" * 1_000_000]),
        ("क\u093f" * 500_000, ["क\u093f" * 500_000]),
    ],
)
def test_examples(text, expected):
    assert tokens(text) == [unicodedata.normalize("NFC", word) for word in expected]


@pytest.mark.parametrize("text", ["İSTANBUL", "I\u0307STANBUL", "istanbul", "&#x130;stanbul"])
def test_a_capital_i_with_a_dot_is_an_i_in_lower_case(text):
    assert tokens(clean(text)) == ["istanbul"]


def test_a_dot_that_goes_leaves_the_normal_form():
    assert tokens(clean("İ\u0301")) == ["\xed"]


def plain(text):
    """The same, a character at a time."""
    text = unicodedata.normalize("NFC", text)
    text = unicodedata.normalize("NFC", re.sub("i\u0307+", "i", text))
    words, held, inside = [], "", False
    for character in text:
        starts = character.isalnum()
        if starts or (inside and unicodedata.category(character)[0] == "M"):
            words[-1:] = [words[-1] + held + character] if inside else [*words[-1:], character]
            held, inside = "", True
        elif inside and character in "\u200c\u200d":
            held += character
        else:
            held, inside = "", False
    return words


@given(ANY_TEXT)
def test_words_are_those_of_the_plain_way(text):
    assert tokens(text) == plain(text)


def test_words_are_those_of_the_plain_way_for_each_character():
    each = [f"a{chr(point)}b " for point in (*range(0x20000), *range(0xE0000, 0xE0200))]
    together = ["".join(each[start : start + 256]) for start in range(0x3000, len(each), 256)]
    for text in [*each[:0x3000], *together]:
        assert tokens(text) == plain(text)
        assert tokens(text, rule=1) == re.findall(r"[^\W_]+", text)


@given(ANY_TEXT)
def test_one_text_in_two_normal_forms_has_the_same_words(text):
    decomposed = unicodedata.normalize("NFD", text)
    assert tokens(decomposed) == tokens(text)


@given(ANY_TEXT)
def test_a_word_is_its_own_only_word(text):
    for word in tokens(text):
        assert tokens(word) == [word]
        assert unicodedata.is_normalized("NFC", word)


@given(st.text(st.characters(max_codepoint=255)))
def test_what_stands_beside_a_text_does_not_matter(text):
    assert tokens(text + " 最") == [*tokens(text), "最"]


@given(ANY_TEXT)
def test_rule_1_is_the_runs_of_letters_and_digits(text):
    assert tokens(text, rule=1) == re.findall(r"[^\W_]+", text)


@pytest.mark.parametrize(
    "unit", ["a\u200d", "a\u200d\u200d_", "\u0301", "\u200c", "a\u0301\u0327", "क\u093f ", "i\u0307", "𑀓𑀸", "\ud800"]
)
@pytest.mark.parametrize("start", ["最", "最\u200d"])
def test_the_time_grows_with_the_length_alone(start, unit):
    assert growth(tokens, lambda n: start + unit * n) < LINEAR


@given(st.text(st.sampled_from("aZ9é_'\u2019.!?…—-*/ \n\u0301\u200dक\u093f\u094d高i\u0307")) | st.text())
def test_rule_3_is_rule_2_and_the_marks_between_its_words(text):
    found = tokens(text, rule=3)
    assert [token for token in found if token not in MARKS[3]] == tokens(text, rule=2)
    assert [token for token in found if token in MARKS[3]] == [character for character in text if character in MARKS[3]]
    assert tokens(text.replace(".", " . "), rule=3) == found  # each stands where it stood
