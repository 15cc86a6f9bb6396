"""A pipeline's configuration, as plain values. It holds nothing learned from data."""

from dataclasses import dataclass
from typing import Literal, get_args

from textprep import stopwords
from textprep.bagofwords import Values
from textprep.errors import DataError
from textprep.tokens import RULE, RULES

Weighting = Literal["naive-bayes", "none"]
StopWords = Literal["none", "english"]


@dataclass(frozen=True)
class Specification:
    """The settings of a pipeline; `DataError` names the first that is not valid.

    `vocabulary_size`: features kept at most, words and n-grams together; `ngram_max`: words in the longest n-gram;
    `min_count`: occurrences in the corpus below which a feature is dropped; `values`: 1 for a feature that is present,
    or how often it occurs; `weighting`: what columns are multiplied by; `stop_words`: words removed before all else;
    `tokens`: the rule by which texts are split, see `textprep.tokens`.
    """

    vocabulary_size: int = 1_000_000
    ngram_max: int = 3
    min_count: int = 2
    values: Values = "presence"
    weighting: Weighting = "naive-bayes"
    stop_words: StopWords = "none"
    tokens: int = RULE

    def __post_init__(self) -> None:
        for name in ("vocabulary_size", "ngram_max", "min_count"):
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                raise DataError(f"{name} is {value!r}; it must be an integer of at least 1")
        choices = {"values": get_args(Values), "weighting": get_args(Weighting), "stop_words": get_args(StopWords)}
        for name, allowed in {**choices, "tokens": RULES}.items():
            value = getattr(self, name)
            if value not in allowed:
                raise DataError(f"{name} is {value!r}; choose one of {', '.join(map(str, allowed))}")

    @property
    def removed_words(self) -> frozenset[str]:
        """The stop words themselves."""
        return stopwords.english() if self.stop_words == "english" else frozenset()
