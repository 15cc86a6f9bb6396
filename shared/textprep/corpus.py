"""Texts to numbers: every token of a corpus as the number of its stem. It does not choose a vocabulary."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import NamedTuple

import numpy as np

from textprep import core
from textprep.clean import clean
from textprep.ngrams import Ids, Integers
from textprep.parallel import ordered_map
from textprep.stem import STOPPED, stems
from textprep.tokens import RULE, tokens

CHUNK = 2_000_000
"""Characters of text in the hands of one worker at a time: some 1,500 reviews."""


class Tokens(NamedTuple):
    """Texts as numbers of their words. `words`: every distinct one, in order of first appearance.

    `ids` int32 (n_tokens,): the position of each token among the words; `lengths` int64 (n_texts,): tokens in each.
    """

    words: list[str]
    ids: Ids
    lengths: Integers


@dataclass(frozen=True, eq=False)
class Corpus:
    """The tokens of all documents, one after another, stop words left out.

    `ids` int32 (n_tokens,): the position of each token's stem in `stems`; `lengths` int64 (n_documents,): tokens in
    each document; `stems`: in order of first appearance; `words`: every distinct surface word, likewise; `word_ids`
    int32 (n_words,): the position of each word's stem in `stems`, `STOPPED` for a stop word.
    """

    ids: Ids
    lengths: Integers
    stems: list[str]
    words: list[str]
    word_ids: Ids

    @classmethod
    def of(cls, tokens: Tokens, *, stop_words: frozenset[str], language: str = "english") -> "Corpus":
        """Stem the words of texts in this language.

        Example:
            >>> tokens = tokenise(["Good films!", "a <b>good</b> film"])
            >>> corpus = Corpus.of(tokens, stop_words=frozenset({"a"}))
            >>> corpus.stems, corpus.ids.tolist(), corpus.lengths.tolist()
            (['good', 'film'], [0, 1, 0, 1], [2, 2])
        """
        words, _, lengths = tokens
        kept = [word for word in words if word not in stop_words]
        stemmed = dict(zip(kept, stems(kept, language), strict=True))
        numbers = _Numbers()
        word_ids = np.array([numbers[stemmed[word]] if word in stemmed else STOPPED for word in words], np.int32)
        ids = word_ids[tokens.ids]
        if len(kept) < len(words):
            ids, lengths = _remove_stopped(ids, lengths)
        return cls(ids, lengths, list(numbers), words, word_ids)


def tokenise(texts: Iterable[str], rule: int = RULE, workers: int = 1) -> Tokens:
    """Read `texts` once, as a stream, and split them by this rule of `tokens`.

    The result is the same, bit for bit, for every number of `workers`.
    """
    numbers = _Numbers()
    ids, lengths = [np.empty(0, np.int32)], [np.empty(0, np.int64)]
    with ordered_map(workers) as run:
        for words, chunk_ids, chunk_lengths in run(partial(split, rule=rule), batches(texts, CHUNK)):
            ids.append(np.fromiter(map(numbers.__getitem__, words), np.int32, len(words))[chunk_ids])
            lengths.append(chunk_lengths)
    return Tokens(list(numbers), np.concatenate(ids), np.concatenate(lengths))


def join(parts: Sequence[Tokens], places: Sequence[Integers]) -> Tokens:
    """Return what `tokenise` returns for the texts of all parts in the order of their `places`, int64 (n_texts,) each.

    Example:
        >>> words, ids, lengths = join([tokenise(["b c"]), tokenise(["a b", "b"])], [np.array([2]), np.array([1, 3])])
        >>> words, ids.tolist(), lengths.tolist()
        (['a', 'b', 'c'], [0, 1, 1, 2, 1], [2, 2, 1])
    """
    numbers = _Numbers()
    every = [np.fromiter(map(numbers.__getitem__, part.words), np.int32, len(part.words))[part.ids] for part in parts]
    lengths = np.concatenate([part.lengths for part in parts])
    order = np.argsort(np.concatenate(places), kind="stable")
    starts = (np.cumsum(lengths) - lengths)[order]
    lengths = lengths[order]
    moves = starts - (np.cumsum(lengths) - lengths)
    ids = np.concatenate(every)[np.repeat(moves, lengths) + np.arange(lengths.sum())]
    first = np.empty(len(numbers), np.int64)
    first[ids[::-1]] = np.arange(len(ids))[::-1]  # of several values for one place the last one stays
    by_appearance = np.argsort(first)
    words = list(numbers)
    return Tokens([words[number] for number in by_appearance], np.argsort(by_appearance).astype(np.int32)[ids], lengths)


def split(texts: Iterable[str], rule: int = RULE) -> tuple[list[str], Ids, Integers]:
    """Return the distinct words of `texts`, every token as its position among them, and the tokens in each text.

    Example:
        >>> words, ids, lengths = split(["so good, so", "good"])
        >>> words, ids.tolist(), lengths.tolist()
        (['so', 'good'], [0, 1, 0, 1], [3, 1])
    """
    if core.AVAILABLE:
        return core.split(texts, rule)
    numbers = _Numbers()
    ids, lengths = numbered((tokens(clean(text), rule) for text in texts), numbers)
    return list(numbers), ids, lengths


def numbered(documents: Iterable[list[str]], numbers: Mapping[str, int]) -> tuple[Ids, Integers]:
    """Return the numbers of all words, one document after another, and the number of words in each document.

    Example:
        >>> numbered([["so", "good"], [], ["so"]], {"so": 5, "good": 7})
        (array([5, 7, 5], dtype=int32), array([2, 0, 1]))
    """
    lengths: list[int] = []

    def counted() -> Iterator[list[str]]:
        for words in documents:
            lengths.append(len(words))
            yield words

    ids = np.fromiter(map(numbers.__getitem__, chain.from_iterable(counted())), np.int32)
    return ids, np.array(lengths, np.int64)


def batches(items: Iterable[str], size: int) -> Iterator[list[str]]:
    """Yield lists of items that have `size` characters together, or a little more; each counts one more than it has.

    Example:
        >>> list(batches(["so", "good", "", "a", "film"], 6))
        [['so', 'good'], ['', 'a', 'film']]
    """
    batch, left = [], size
    for item in items:
        batch.append(item)
        left -= len(item) + 1
        if left <= 0:
            yield batch
            batch, left = [], size
    if batch:
        yield batch


class _Numbers(dict[str, int]):
    """Numbers its keys 0, 1, 2, ... in the order in which they are first asked for."""

    def __missing__(self, key: str) -> int:
        number = self[key] = len(self)
        return number


def _remove_stopped(ids: Ids, lengths: Integers) -> tuple[Ids, Integers]:
    keep = ids != STOPPED
    kept_before = np.concatenate([[0], np.cumsum(keep)])
    ends = np.concatenate([[0], np.cumsum(lengths)])
    return ids[keep], np.diff(kept_before[ends])
