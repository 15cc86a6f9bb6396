"""Stop words, from files beside this module; stopwords_licenses.txt says whose they are. Nothing is downloaded."""

from functools import cache
from importlib import resources

from textprep.stem import SNOWBALL
from textprep.tokens import tokens

LANGUAGES = ("english", *SNOWBALL)


@cache
def words(language: str) -> frozenset[str]:
    """Return the list of one of LANGUAGES, split as `tokens` splits text: an apostrophe leaves fragments.

    Example:
        >>> sorted(words("english") & {"the", "film", "don", "t"}), "nicht" in words("german")
        (['don', 't', 'the'], True)
    """
    text = resources.files(__package__).joinpath(f"stopwords_{language}.txt").read_text("utf-8")
    return frozenset(text.split() if language == "english" else tokens(text))  # NLTK's English list has the fragments
