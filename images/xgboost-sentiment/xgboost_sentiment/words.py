"""The encoder of reviews: its columns are words and n-grams. Reads no channels."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from scipy.sparse import csr_matrix
from smcontract.records import Text
from textprep.pipeline import Pipeline, Rows
from textprep.stem import STOPPED, UNKNOWN


@dataclass(frozen=True)
class Words:
    """A fitted pipeline: turns reviews into rows, at training time and when serving."""

    pipeline: Pipeline

    @property
    def n_features(self) -> int:
        """Words and n-grams."""
        return self.pipeline.n_features

    @property
    def fingerprint(self) -> str:
        """The pipeline's."""
        return self.pipeline.fingerprint

    @property
    def records(self) -> Text:
        """A record is a text."""
        return Text()

    def rows(self, records: Sequence[str]) -> Rows:
        """Return the features of each text."""
        return self.pipeline.rows(records)

    def single(self, matrix: csr_matrix) -> csr_matrix:
        """Return float32 (n_texts, n_words): 1 where a text has a word, without n-grams and weights."""
        words = matrix[:, : self.pipeline.learned.ngrams.n_unigrams]
        words.data[:] = 1
        return words

    def names(self, record: str, columns: Sequence[int]) -> list[str]:
        """Return the n-grams as they first stand in the text, in lower case: `very good`, not its stems `veri good`."""
        numbers = self.pipeline.words
        words = [word for word in self.pipeline.tokens(record) if numbers[word] != STOPPED]
        ids = list(map(numbers.__getitem__, words))
        wanted = map(self.pipeline.learned.ngrams.words, columns)
        return [_as_written(list(ngram), ids, words) for ngram in wanted]

    def unknown(self, records: Sequence[str]) -> float | None:
        """Return the share of the texts' words, stop words left out, that training did not keep; None without words."""
        numbers = self.pipeline.words
        found = [
            number for text in records for word in self.pipeline.tokens(text) if (number := numbers[word]) != STOPPED
        ]
        return found.count(UNKNOWN) / len(found) if found else None

    def save(self, folder: Path) -> None:
        """Write the pipeline's files."""
        self.pipeline.save(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the words of a saved model; raises DataError when it is not whole."""
        return cls(Pipeline.load(folder))


def _as_written(wanted: list[int], ids: list[int], words: list[str]) -> str:
    start = ids.index(wanted[0])
    while ids[start : start + len(wanted)] != wanted:
        start = ids.index(wanted[0], start + 1)
    return " ".join(words[start : start + len(wanted)])
