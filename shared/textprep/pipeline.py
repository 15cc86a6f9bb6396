"""Text to features: fit once, save, load, and transform identically for ever.

It does not read files of records, train a model or serve one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from textprep import core, fitting, saved
from textprep.clean import clean
from textprep.corpus import CHUNK, Tokens, batches, numbered, tokenise
from textprep.learned import Learned, Rows
from textprep.ngrams import Ids, with_gaps
from textprep.parallel import ordered_map
from textprep.specification import Specification
from textprep.stem import REMEMBERED_WORDS, STOPPED, UNKNOWN, Stems
from textprep.tokens import tokens

__all__ = ["Pipeline", "Rows", "Specification"]

GAP = ""
"""After each text: a word that no vocabulary has, so no n-gram crosses from one text to the next."""


@dataclass(frozen=True, eq=False)
class Pipeline:
    """A fitted pipeline, made by `fit` or `load`. `fingerprint` is the sha256 of all that is saved, in hexadecimal.

    `words` remembers the stems of words it meets, within bounds; nothing else ever changes, and threads may share it.
    """

    learned: Learned
    fingerprint: str
    words: Stems

    @classmethod
    def fit(
        cls, specification: Specification, texts: Iterable[str], labels: Sequence[int] | None, workers: int = 1
    ) -> "tuple[Pipeline, csr_matrix]":
        """Learn from `texts`, read once as a stream; return the pipeline and the features of these texts.

        `labels` (0 or 1 for each text) are needed for naive-Bayes weights only, and looked at after the last text. The
        matrix is what `transform` would return. Everything is the same, bit for bit, for every number of `workers`.
        Raises `DataError` without a feature to learn, or with a label too few, too many or other than 0 and 1.

        Example:
            >>> texts = ["Good film!", "a good <i>film</i>", "bad"]
            >>> pipeline, matrix = Pipeline.fit(Specification(ngram_max=2), texts, [1, 1, 0])
            >>> pipeline.feature_names(range(pipeline.n_features)), matrix.shape
            (['film', 'good', 'good film'], (3, 3))
        """
        return cls.fit_tokens(specification, tokenise(texts, specification.tokens, workers), labels, workers)

    @classmethod
    def fit_tokens(
        cls, specification: Specification, tokens: Tokens, labels: Sequence[int] | None, workers: int = 1
    ) -> "tuple[Pipeline, csr_matrix]":
        """Return what `fit` returns, for texts that `corpus.tokenise` has split by the rule of the specification."""
        learned, matrix = fitting.fit(specification, tokens, labels, workers)
        return cls.of(learned), matrix

    def weighted(
        self, matrix: csr_matrix, labels: Sequence[int], specification: Specification
    ) -> "tuple[Pipeline, csr_matrix]":
        """Return what `fit` returns with the weighting and the norm of `specification`, after a fit without either.

        For `labels` that are known only then. `matrix` are the features of the texts, which become the weighted ones.
        Raises `DataError` as `fit` does.
        """
        learned, matrix = fitting.weigh(self.learned, matrix, labels, specification)
        return self.of(learned), matrix

    @classmethod
    def load(cls, folder: Path) -> "Pipeline":
        """Return the pipeline that was saved in `folder`; `DataError` if it is not there, not whole or not ours."""
        pipeline = cls._of(*saved.load(folder))
        if core.AVAILABLE:
            pipeline.rows([])  # makes the tables, which processes that are forked later share
        return pipeline

    @classmethod
    def of(cls, learned: Learned) -> "Pipeline":
        """Return the pipeline of what was learned."""
        return cls._of(learned, saved.fingerprint(learned))

    @classmethod
    def _of(cls, learned: Learned, fingerprint: str) -> "Pipeline":
        known = learned.words | dict.fromkeys(learned.specification.removed_words, STOPPED) | {GAP: UNKNOWN}
        words = Stems(known, learned.vocabulary.ids(), language=learned.specification.language)
        return cls(learned, fingerprint, words)

    def save(self, folder: Path) -> None:
        """Write pipeline.json, vocabulary.txt and features.npz into `folder`, which is made if it is missing."""
        saved.save(self.learned, folder)

    @property
    def n_features(self) -> int:
        """Columns of the matrices that `transform` returns."""
        return self.learned.ngrams.n_features

    def feature_names(self, features: Iterable[int]) -> list[str]:
        """Return the stems of each feature, as in `not good film`."""
        terms, words = self.learned.vocabulary.terms, self.learned.ngrams.words
        return [" ".join(terms[word] for word in words(int(feature))) for feature in features]

    def tokens(self, text: str) -> list[str]:
        """Return the words of a text by the rule of this pipeline, stop words included."""
        return tokens(clean(text), self.learned.specification.tokens)

    def transform(self, texts: Iterable[str], workers: int = 1) -> csr_matrix:
        """Return the features of `texts`, read once as a stream: float32 (n_texts, n_features), a row for each text.

        Example:
            >>> specification = Specification(min_count=1, ngram_max=1, values="counts", weighting="none")
            >>> pipeline, _ = Pipeline.fit(specification, ["good film", "film"], None)
            >>> pipeline.transform(["Films, films!", "unheard of", ""]).toarray()
            array([[2., 0.],
                   [0., 0.],
                   [0., 0.]], dtype=float32)
        """
        with ordered_map(workers) as run:
            return self.learned.matrix(run(self.rows, batches(texts, CHUNK)))

    def rows(self, texts: Sequence[str]) -> Rows:
        """Return the features of `texts` as arrays: what `transform` returns, at a lower price for few texts.

        Example:
            >>> pipeline, _ = Pipeline.fit(Specification(min_count=1, weighting="none"), ["good film"], None)
            >>> pipeline.rows(["A film", "good films"]).features
            array([0, 0, 1, 2], dtype=int32)
        """
        if core.AVAILABLE:
            return Rows(*self._numbers.rows(self.learned.grams, texts))
        return self.learned.rows(*numbered(([*self.tokens(text), GAP] for text in texts), self.words))

    def numbers(self, texts: Sequence[str]) -> Ids:
        """Return the unigrams of all words, int32 (n_words,), stop words left out; a gap stands after each text."""
        if core.AVAILABLE:
            ids, ends = self._numbers.of(texts)
            ids, _ = with_gaps(ids, np.diff(ends))
        else:
            ids, _ = numbered(([*self.tokens(text), GAP] for text in texts), self.words)
        kept: Ids = ids[ids != STOPPED]
        return kept

    def scorer(self, weights: NDArray[np.float32], base: float) -> core.Scorer | None:
        """Return a linear model that takes texts, without making rows; None without C code, or where values are counts.

        `weights`: float32 (n_features,); `base` is added to each sum. What it says of a text is `rows(text)` times the
        weights, to about 1e-7.
        """
        if not core.AVAILABLE or self.learned.specification.values == "counts":
            return None
        return core.Scorer(self._numbers, self.learned.tables(weights), base)

    @cached_property
    def _numbers(self) -> core.Numbers:
        rule, words = self.learned.specification.tokens, self.words
        return core.Numbers(rule, words, words.of_others, spare=REMEMBERED_WORDS - len(words))
