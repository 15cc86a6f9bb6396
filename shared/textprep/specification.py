"""A pipeline's configuration, as plain values. It holds nothing learned from data."""

from dataclasses import dataclass
from typing import Literal, get_args

from textprep import stem, stopwords
from textprep.errors import DataError
from textprep.tokens import RULE, RULES

Values = Literal["presence", "counts"]
Weighting = Literal["naive-bayes", "naive-bayes-tfidf", "none"]
Norm = Literal["l2", "none"]


@dataclass(frozen=True)
class Specification:
    """The settings of a pipeline; `DataError` names the first that is not valid.

    `vocabulary_size`: features kept at most, words and n-grams together; `ngram_max`: words in the longest n-gram;
    `min_count`: occurrences in the corpus below which a feature is dropped; `values`: 1 for a feature that is present,
    or how often it occurs; `weighting`: what columns are multiplied by, see `bagofwords.column_weights`; `stop_words`:
    the language whose stop words are removed before all else, or `none`; `tokens`: the rule by which texts are split,
    see `textprep.tokens`; `language`: that of the stemmer, see `textprep.stem`; `norm`: `l2` divides each row, weights
    included, by its length.
    """

    vocabulary_size: int = 1_000_000
    ngram_max: int = 3
    min_count: int = 2
    values: Values = "presence"
    weighting: Weighting = "naive-bayes"
    stop_words: str = "none"
    tokens: int = RULE
    language: str = "english"
    norm: Norm = "none"

    def __post_init__(self) -> None:
        for name in ("vocabulary_size", "ngram_max", "min_count"):
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                raise DataError(f"{name} is {value!r}; it must be an integer of at least 1")
        choices = {"values": get_args(Values), "weighting": get_args(Weighting), "norm": get_args(Norm)}
        choices["language"] = stem.LANGUAGES
        choices["stop_words"] = ("none", *stopwords.LANGUAGES)
        for name, allowed in {**choices, "tokens": RULES}.items():
            value = getattr(self, name)
            if value not in allowed:
                raise DataError(f"{name} is {value!r}; choose one of {', '.join(map(str, allowed))}")
        if self.stop_words not in ("none", self.language):
            raise DataError(
                f"stop_words is {self.stop_words!r} and language {self.language!r}; choose the same, or no stop words"
            )

    @property
    def removed_words(self) -> frozenset[str]:
        """The stop words themselves."""
        return frozenset() if self.stop_words == "none" else stopwords.words(self.stop_words)
