"""Splits cleaned text into words. It does not clean, lower-case, stem or drop any: see `clean`, `stem`, `stopwords`."""

import re
from functools import cache

from textprep.characters import mark, nfc

RULE = 2
"""The rule by which new models split texts. A saved model is served by its own: it is the number of its format."""

RULES = (1, 2, 3)
"""1: runs of letters and digits, as they stand. 2: what `tokens` says. 3: as 2, and its `MARKS` are words too."""

MARKS = {1: "", 2: "", 3: "!?.,;:()\"'-*/"}
"""The punctuation marks of ASCII that are words by each rule, each by itself."""

_LETTERS_AND_DIGITS = re.compile(r"[^\W_]+")
_SIMPLE_AND_MARKS = re.compile(rf"[^\W_]+|[{re.escape(MARKS[3])}]")
_JOINER = "[\u200c\u200d]"  # zero-width non-joiner and joiner: Persian and the scripts of India spell words with them
_DOTTED_I = re.compile("i\u0307+")  # what lower() makes of `İ`
_ENGLISH = re.compile("[\x00-\xff\u2000-\u200b\u200e-\u206f\u20a0-\u20bf\u2122]*+")  # Latin-1, dashes, “”, €, ™
_LATIN_1 = "".join(character if character.isalnum() else " " for character in map(chr, range(256))).encode("latin-1")


def tokens(text: str, rule: int = RULE) -> list[str]:
    """Return the words of a text of any script in order, in the normal form NFC.

    A word begins with a letter or digit. Letters, digits and marks continue it, and so do joiners (ZWJ, ZWNJ) that more
    of the word follows; everything else, `_` and apostrophes included, separates words. `İ` in lower case is `i`.

    Example:
        >>> tokens("it isn't 'naïve': 10/10, 最高, हिन्दी!")
        ['it', 'isn', 't', 'naïve', '10', '10', '最高', 'हिन्दी']
        >>> tokens("great... it isn't!", 3)
        ['great', '.', '.', '.', 'it', 'isn', "'", 't', '!']
    """
    if rule == 3:
        return _SIMPLE_AND_MARKS.findall(text) if _ENGLISH.fullmatch(text) else _words(text, _word_or_mark())
    try:
        latin_1 = text.encode("latin-1")
    except UnicodeEncodeError:
        if not _ENGLISH.fullmatch(text):
            return _LETTERS_AND_DIGITS.findall(text) if rule == 1 else _words(text, _word())
        latin_1 = text.encode("latin-1", "replace")
    return latin_1.translate(_LATIN_1).decode("latin-1").split()  # both rules, in half the time: it has no marks


def _words(text: str, word: re.Pattern[str]) -> list[str]:
    # NFC comes last: it joins and parts no words, and most are ASCII also where the text is not.
    return [found if found.isascii() else _normal(found) for found in word.findall(text)]


def _normal(word: str) -> str:
    word = nfc(word)
    return nfc(_DOTTED_I.sub("i", word)) if "i\u0307" in word else word


@cache
def _word() -> re.Pattern[str]:
    # `*+` does not come back to what it took, so that a word of a megabyte needs no memory of its steps.
    return re.compile(rf"[^\W_]+(?:{_JOINER}*{mark()}[^\W_]*|{_JOINER}+[^\W_]+)*+")


@cache
def _word_or_mark() -> re.Pattern[str]:
    return re.compile(rf"{_word().pattern}|[{re.escape(MARKS[3])}]")
