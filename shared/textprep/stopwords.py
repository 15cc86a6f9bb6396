"""The classic English stop words. Other languages are not included, and nothing is downloaded."""

from functools import cache
from importlib import resources


@cache
def english() -> frozenset[str]:
    """Return the 179 words of NLTK's English list, split as `tokens` splits text: an apostrophe leaves fragments.

    Example:
        >>> sorted(english() & {"the", "film", "don", "t"})
        ['don', 't', 'the']
    """
    return frozenset(resources.files(__package__).joinpath("stopwords_english.txt").read_text("utf-8").split())
