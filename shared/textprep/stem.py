"""NLTK's Porter stemmer, asked once for each distinct word. It does not clean or split text."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from threading import Lock
from types import ModuleType

UNKNOWN = -1
"""The number of a word whose stem is not in the vocabulary."""

STOPPED = -2
"""The number of a stop word."""

REMEMBERED_WORDS = 500_000
"""Words up to which new ones are remembered, about 60 MB: a server sent random words must not grow for ever."""

REMEMBERED_LENGTH = 64
"""Characters of the longest word worth remembering; longer ones do not come back."""

_importing = Lock()


def stems(words: list[str]) -> list[str]:
    """Return the stem of each word, as `nltk.stem.porter.PorterStemmer` gives it.

    Example:
        >>> stems(["films", "happily", "最高"])
        ['film', 'happili', '最高']
    """
    return list(map(_porter(), words))


class Stems(dict[str, int]):
    """Surface word -> number of its stem, `UNKNOWN` if it has none; words not seen before are stemmed on demand.

    Example:
        >>> numbers = Stems({}, {"film": 0})
        >>> [numbers["films"], numbers["film"], numbers["actor"]]
        [0, 0, -1]
    """

    def __init__(self, known: Mapping[str, int], numbers: Mapping[str, int], limit: int = REMEMBERED_WORDS) -> None:
        """Start with the words of `known`; look up the stems of others in `numbers`, and remember up to `limit`."""
        super().__init__(known)
        self._numbers = numbers
        self._limit = limit

    def __missing__(self, word: str) -> int:
        number = self._numbers.get(_porter()(word), UNKNOWN)
        if len(self) < self._limit and len(word) <= REMEMBERED_LENGTH:
            self[word] = number
        return number


@cache
def _porter() -> Callable[[str], str]:
    """Return the stemmer of the installed NLTK, imported at its first use.

    `import nltk` imports the whole toolkit, scipy.stats among it: more than a second and 100 MB in every process, for
    one module that needs none of it.
    """
    with _without_the_rest_of_nltk():
        from nltk.stem.porter import PorterStemmer
    stem: Callable[[str], str] = PorterStemmer().stem
    return stem


@contextmanager
def _without_the_rest_of_nltk() -> Iterator[None]:
    """Let `nltk` and `nltk.stem` stand as packages without content inside the block, and forget them after it.

    A later `import nltk` finds everything in place. Where NLTK is imported already, this does nothing.
    """
    with _importing:
        spec = find_spec("nltk")
        if "nltk" in sys.modules or spec is None or spec.submodule_search_locations is None:
            yield
            return
        for name, subfolder in (("nltk", ""), ("nltk.stem", "/stem")):
            package = sys.modules[name] = ModuleType(name)
            package.__path__ = [folder + subfolder for folder in spec.submodule_search_locations]
        try:
            yield
        finally:
            for name in [name for name in sys.modules if name.partition(".")[0] == "nltk"]:
                del sys.modules[name]
