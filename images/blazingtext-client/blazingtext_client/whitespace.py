"""What a word is, the one rule of corpus, examples, requests and client: what stands between white space.

White space is Unicode's and NUL. fastText itself knows ASCII's and NUL alone, so what is trained and asked here is
joined again by spaces. `</s>` is how fastText marks the end of a line, where it would cut the text: it is not a word.
"""

import re

LINE_END = "\ud800"
"""Marks the end of each line: a lone surrogate, which no text decoded from UTF-8 contains."""

END_OF_LINE = "</s>"
LABEL = "__label__"
"""What a label begins with: no word of a text does."""

_OF_FASTTEXT = re.compile("[^ \n\r\t\v\f\0]+")


def split(text: str) -> list[str]:
    """Return what stands between white space.

    Example:
    >>> split("a\\u3000late\\xa0goal\\0</s>")
    ['a', 'late', 'goal', '</s>']
    """
    return text.replace("\0", " ").split()


def words(text: str) -> list[str]:
    """Return the words of a text.

    Example:
    >>> words("10\\xa0points </s> more")
    ['10', 'points', 'more']
    """
    return _without_ends(split(text), text)


def words_of_lines(text: str) -> list[str]:
    """Return the words of whole lines, with LINE_END after each line.

    Example:
    >>> words_of_lines("10 points\\n\\n").count(LINE_END)
    2
    """
    return words(text.replace("\n", f" {LINE_END} "))


def words_of_fasttext(text: str) -> list[str]:
    """Return the words that a model trained by fastText itself, or by BlazingText, finds in a text.

    Example:
    >>> words_of_fasttext("10\\xa0points </s> more")
    ['10\\xa0points', 'more']
    """
    return _without_ends(_OF_FASTTEXT.findall(text), text)


def _without_ends(words: list[str], text: str) -> list[str]:
    return [word for word in words if word != END_OF_LINE] if END_OF_LINE in text else words
