"""Learns a pipeline from a corpus in shards, wherever they are: what each shard counts, what follows from the sums.

The pipeline is that of `Pipeline.fit` on the whole corpus: words, n-grams and weights, bit for bit. It takes a pass for
each length of n-gram and one for weights. A pass counts each shard by itself (`count_words`, `count_ngrams`,
`count_documents`); counts are added, all keys at once or some by some (`add`); the sums make the next `State`. Nothing
here holds more than the counts of a shard, and what is learned.

Only `Learned.words` has less: the words that have a feature. So the fingerprint is another.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from textprep import bagofwords, core
from textprep.corpus import CHUNK, batches, split
from textprep.errors import DataError
from textprep.learned import Learned
from textprep.ngrams import Integers, NGrams
from textprep.pipeline import Pipeline
from textprep.specification import Specification
from textprep.stem import stems
from textprep.vocabulary import Vocabulary

AT_ONCE = 8
"""Counts of chunks that are added together: fewer take more time, more take more memory."""


class Counts(NamedTuple):
    """How often each key occurs: `keys` int64 (n_keys,), ascending; `times` int64 (n_keys,)."""

    keys: Integers
    times: Integers


def count_words(specification: Specification, texts: Iterable[str]) -> dict[str, int]:
    """Return how often each word of the texts occurs, stop words left out.

    Example:
        >>> count_words(Specification(), ["Good films, good film"])
        {'good': 2, 'films': 1, 'film': 1}
    """
    total: dict[str, int] = {}
    for batch in batches(texts, CHUNK):
        words, ids, _ = split(batch, specification.tokens)
        times = np.bincount(ids, minlength=len(words)).tolist()
        for word, count in zip(words, times, strict=True):
            total[word] = total.get(word, 0) + count
    for word in specification.removed_words:
        total.pop(word, None)
    return total


def add_words(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Return the sums of counts by word, or by stem.

    Example:
        >>> add_words([{"film": 1, "good": 2}, {"good": 3}])
        {'film': 1, 'good': 5}
    """
    total: dict[str, int] = {}
    for part in parts:
        for word, count in part.items():
            total[word] = total.get(word, 0) + count
    return total


def stem_words(specification: Specification, words: Iterable[str]) -> dict[str, str]:
    """Return word -> stem."""
    each = list(words)
    return dict(zip(each, stems(each, specification.language), strict=True))


def add(parts: Sequence[Counts], least: int = 1) -> Counts:
    """Return the sums of counts by key, those of `least` and more.

    Example:
        >>> add([Counts(np.array([3, 5]), np.array([1, 1])), Counts(np.array([5, 9]), np.array([2, 1]))], least=2)
        Counts(keys=array([5]), times=array([3]))
    """
    keys = np.concatenate([part.keys for part in parts])
    order = np.argsort(keys, kind="stable")  # runs that are in order already are merged
    keys = keys[order]
    times = np.concatenate([part.times for part in parts])[order]
    if not len(keys):
        return Counts(keys, times)
    first = np.flatnonzero(np.diff(keys, prepend=keys[0] - 1))
    times = np.add.reduceat(times, first)
    enough = times >= least
    return Counts(keys[first[enough]], times[enough])


@dataclass(frozen=True, eq=False)
class State:
    """What is known after some passes: n-grams of up to some length, and how often each occurs, by length from 1.

    Of each length there are no more n-grams than can be among the features. `learned` has no weights yet.
    """

    wanted: Specification
    learned: Learned
    counts: tuple[Integers, ...]

    @classmethod
    def of_words(cls, wanted: Specification, counts: Mapping[str, int], words: Mapping[str, str]) -> "State":
        """Begin with the counts of stems, and the stem of each word that has one of them; others may be left out.

        Raises DataError when no stem occurs often enough.
        """
        size, least = wanted.vocabulary_size, wanted.min_count
        vocabulary = Vocabulary.from_counts(list(counts), list(counts.values()), size=size, min_count=least)
        if not vocabulary.terms:
            raise DataError(f"no word occurs {least} times; give more text")
        ids = vocabulary.ids()
        known = {word: ids[stem] for word, stem in sorted(words.items()) if stem in ids}
        plain = replace(wanted, weighting="none", norm="none", ngram_max=1)
        learned = Learned(plain, vocabulary, NGrams(len(vocabulary), ()), None, known)
        return cls(wanted, learned, (np.array(vocabulary.counts, np.int64),))

    @property
    def pipeline(self) -> Pipeline:
        """A pipeline of what is known, with values that are not weighted."""
        return Pipeline.of(self.learned)

    @property
    def least(self) -> int:
        """How often a longer n-gram must occur to be a feature: of equally frequent ones the shorter come first."""
        size, counts = self.wanted.vocabulary_size, np.concatenate(self.counts)
        if len(counts) < size:
            return self.wanted.min_count
        return max(self.wanted.min_count, 1 + int(np.partition(counts, -size)[-size]))

    def count_ngrams(self, texts: Iterable[str]) -> Counts:
        """Count the n-grams one word longer than the longest known, all of whose parts are known."""
        pipeline, parts = self.pipeline, [Counts(_NONE, _NONE)]
        for batch in batches(texts, CHUNK):
            parts.append(_counted(self.learned.ngrams.longer(pipeline.numbers(batch))))
            if len(parts) == AT_ONCE:
                parts = [add(parts)]
        return add(parts)

    def longer(self, counts: Counts) -> "State":
        """Return the state after a pass, given the sums of `count_ngrams` of at least `least`."""
        learned = self.learned
        ngrams = NGrams(learned.ngrams.n_unigrams, (*learned.ngrams.keys, counts.keys))
        specification = replace(learned.specification, ngram_max=learned.specification.ngram_max + 1)
        learned = replace(learned, ngrams=ngrams, specification=specification)
        return State(self.wanted, learned, (*self.counts, counts.times))

    def cut(self) -> "State":
        """Return the state with the features alone, after the last pass for n-grams."""
        ngrams = self.learned.ngrams.first(self.counts, self.wanted.vocabulary_size)
        known = {word: number for word, number in self.learned.words.items() if number < ngrams.n_unigrams}
        vocabulary = self.learned.vocabulary.first(ngrams.n_unigrams)
        return State(self.wanted, replace(self.learned, vocabulary=vocabulary, ngrams=ngrams, words=known), ())

    def count_documents(self, batches: Iterable[tuple[Sequence[str], Sequence[int]]]) -> tuple[Integers, int]:
        """Return how many texts with label 0, and with label 1, have each feature, int64 (2, n_features); and texts.

        Texts, and their labels, come in batches, each as large as memory allows.
        """
        pipeline, n_texts = self.pipeline, 0
        counts = np.zeros((2, pipeline.n_features), np.int64)
        for texts, labels in batches:
            counts += bagofwords.document_counts(pipeline.transform(texts), np.array(labels))
            n_texts += len(texts)
        return counts, n_texts

    def weighted(self, counts: Integers | None = None, n_documents: int = 0) -> Pipeline:
        """Return the pipeline, given the sums of `count_documents`; without them where there are no weights."""
        weights: NDArray[np.float32] | None = None
        if counts is not None:
            weights = bagofwords.counted_weights(self.wanted.weighting, counts, n_documents)
        return Pipeline.of(replace(self.learned, specification=self.wanted, weights=weights))


def _counted(keys: Integers) -> Counts:
    return Counts(*(core.count(keys, 1)[:2] if core.AVAILABLE else np.unique(keys, return_counts=True)))


_NONE = np.empty(0, np.int64)
