"""NLTK's stemmers, asked once for each distinct word. They do not clean or split text."""

import sys
from array import array
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from threading import Lock
from types import ModuleType

SNOWBALL = (
    "arabic", "danish", "dutch", "finnish", "french", "german", "hungarian", "italian", "norwegian", "portuguese",
    "romanian", "russian", "spanish", "swedish",
)  # fmt: skip
"""The languages whose words NLTK's Snowball stemmers take."""

LANGUAGES = ("english", "none", *SNOWBALL)
"""English is stemmed by the Porter stemmer; with `none` a word is its own stem."""

UNKNOWN = -1
"""The number of a word whose stem is not in the vocabulary."""

STOPPED = -2
"""The number of a stop word."""

REMEMBERED_WORDS = 500_000
"""Words up to which new ones are remembered, about 60 MB: a server sent random words must not grow for ever."""

REMEMBERED_LENGTH = 64
"""Characters of the longest word worth remembering; longer ones do not come back, and Snowball does not stem them."""

_importing = Lock()


def stems(words: list[str], language: str = "english") -> list[str]:
    """Return the stem of each word, as NLTK's stemmer for one of LANGUAGES gives it.

    Example:
        >>> stems(["films", "happily", "最高"])
        ['film', 'happili', '最高']
        >>> stems(["häuser", "gemüse"], "german"), stems(["films"], "none")
        (['haus', 'gemus'], ['films'])
    """
    return list(map(_stemmer(language), words))


class Stems(dict[str, int]):
    """Surface word -> number of its stem, `UNKNOWN` if it has none; words not seen before are stemmed on demand.

    Example:
        >>> numbers = Stems({}, {"film": 0})
        >>> [numbers["films"], numbers["film"], numbers["actor"]]
        [0, 0, -1]
    """

    def __init__(
        self,
        known: Mapping[str, int],
        numbers: Mapping[str, int],
        limit: int = REMEMBERED_WORDS,
        language: str = "english",
    ) -> None:
        """Start with the words of `known`; look up the stems of others in `numbers`, and remember up to `limit`."""
        super().__init__(known)
        self._numbers = numbers
        self._limit = limit
        self._language = language

    def of_others(self, words: list[str]) -> "array[int]":
        """Return int32 (len(words),): the numbers of words that are not in it, none of which is remembered."""
        stem, find = _stemmer(self._language), self._numbers.get
        return array("i", (find(stem(word), UNKNOWN) for word in words))

    def __missing__(self, word: str) -> int:
        number = self._numbers.get(_stemmer(self._language)(word), UNKNOWN)
        if len(self) < self._limit and len(word) <= REMEMBERED_LENGTH:
            self[word] = number
        return number


@cache
def _stemmer(language: str) -> Callable[[str], str]:
    """Return a stemmer of the installed NLTK, imported at its first use.

    `import nltk` imports the whole toolkit, scipy.stats among it: more than a second and 100 MB in every process, for
    one module that needs none of it.
    """
    if language == "none":
        return str
    with _without_the_rest_of_nltk():
        if language == "english":
            from nltk.stem.porter import PorterStemmer

            stem: Callable[[str], str] = PorterStemmer().stem
            return stem
        from nltk.stem import snowball
    kind = getattr(snowball, f"{language.capitalize()}Stemmer")

    def snowball_stem(word: str) -> str:
        # A stemmer for each word: the Arabic one remembers what it found in the word before. Long words take quadratic
        # time; of words of marks alone nothing may be left.
        return (len(word) <= REMEMBERED_LENGTH and kind().stem(word)) or word

    return snowball_stem


@contextmanager
def _without_the_rest_of_nltk() -> Iterator[None]:
    """Let `nltk` and `nltk.stem` stand as packages without content inside the block, and forget them after it.

    So does `nltk.corpus`, from which the Snowball stemmers import stop words that they only use when asked to. A later
    `import nltk` finds everything in place. Where NLTK is imported already, this does nothing.
    """
    with _importing:
        spec = find_spec("nltk")
        if "nltk" in sys.modules or spec is None or spec.submodule_search_locations is None:
            yield
            return
        for name, subfolder in (("nltk", ""), ("nltk.stem", "/stem")):
            package = sys.modules[name] = ModuleType(name)
            package.__path__ = [folder + subfolder for folder in spec.submodule_search_locations]
        corpus = sys.modules["nltk.corpus"] = ModuleType("nltk.corpus")
        corpus.__dict__["stopwords"] = None
        try:
            yield
        finally:
            for name in [name for name in sys.modules if name.partition(".")[0] == "nltk"]:
                del sys.modules[name]
