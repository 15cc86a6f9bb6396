"""BlazingText's hyperparameters, by its names and with its defaults and tuning ranges. Trains nothing.

What has no effect is never ignored in silence: it is named in the log where BlazingText takes it too, else refused.
"""

import logging
from collections.abc import Mapping
from typing import Any

from smcontract.errors import UserError
from smcontract.hyperparameters import Hyperparameter, Table

MODES = ("batch_skipgram", "skipgram", "cbow", "supervised")
SUPERVISED = "supervised"

VECTORS = (
    "batch_size", "evaluation", "max_char", "min_char", "negative_samples", "sampling_threshold", "subwords",
    "window_size",
)  # fmt: skip
"""Only for the three modes of word vectors."""

CLASSES = ("early_stopping", "min_epochs", "patience", "word_ngrams")
"""Only for `mode` supervised."""

SUBWORDS = ("buckets", "max_char", "min_char")
"""Only with `subwords`; in mode supervised `buckets` is also of word n-grams."""

log = logging.getLogger(__name__)


def _integer(name: str, default: int, help: str, minimum: int = 1, **more: Any) -> Hyperparameter:
    return Hyperparameter(name=name, type=int, minimum=minimum, maximum=2**31 - 1, default=default, help=help, **more)


def _number(name: str, default: float, help: str, **more: Any) -> Hyperparameter:
    return Hyperparameter(name=name, type=float, minimum=0, exclusive_minimum=True, default=default, help=help,
                          scale="Logarithmic", **more)  # fmt: skip


def _boolean(name: str, default: bool, help: str) -> Hyperparameter:
    return Hyperparameter(name=name, type=bool, default=default, help=help)


TABLE = Table((
    Hyperparameter(name="mode", type=str, choices=MODES, default=None, scale="Linear",
                   help="Required: which word vectors to train, or supervised for text classes."),
    _integer("epochs", 5, "Passes over the data; with early stopping, the maximum.", scale="Linear", search=(5, 15)),
    _number("learning_rate", 0.05, "Initial learning rate; it falls linearly to 0.", search=(0.005, 0.01)),
    _integer("vector_dim", 100, "Dimension of the vectors.", scale="Linear", search=(32, 300)),
    _integer("min_count", 5, "Drop words that occur less often than this.", 0, scale="Linear", search=(0, 100)),
    _integer("buckets", 2_000_000, "Hash buckets of the subwords, or of the word n-grams.",
             scale="Linear", search=(1_000_000, 10_000_000)),
    _integer("window_size", 5, "vectors: context words on each side.", scale="Linear", search=(1, 10)),
    _integer("negative_samples", 5, "vectors: number of negative samples per word.", scale="Linear", search=(5, 25)),
    _number("sampling_threshold", 0.0001, "vectors: frequency above which words are subsampled.",
            maximum=1, search=(0.0001, 0.001)),
    _boolean("subwords", False, "skipgram, cbow, supervised: also learn vectors of character n-grams."),
    _integer("min_char", 3, "subwords: characters in the shortest n-gram."),
    _integer("max_char", 6, "subwords: characters in the longest n-gram."),
    _integer("batch_size", 11, "batch_skipgram: words of a window trained at once.", scale="Linear", search=(8, 32)),
    _boolean("evaluation", True, "vectors: evaluate on WordSim-353 at the end."),
    _integer("word_ngrams", 2, "supervised: words in the longest n-gram.", scale="Linear", search=(1, 3)),
    _boolean("early_stopping", False, "supervised: stop when the validation accuracy no longer improves."),
    _integer("patience", 4, "early_stopping: consecutive checks without improvement before stopping."),
    _integer("min_epochs", 5, "early_stopping: number of epochs before the first check."),
))  # fmt: skip
"""Every mode's hyperparameters, with BlazingText's defaults."""


def defaults(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return None for all that has no effect in this mode, so that what is given there can be told.

    Example:
        >>> sorted(defaults({"mode": "cbow", "subwords": True, "early_stopping": False}))
        ['batch_size', 'early_stopping', 'min_epochs', 'patience', 'word_ngrams']
    """
    return dict.fromkeys(_idle(values))


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values; warns of what has no effect, raises UserError when some do not go together."""
    mode = values["mode"]
    if mode is None:
        raise UserError(f"the hyperparameter mode is missing: set it to one of {', '.join(MODES)}")
    if values["subwords"] and mode == "batch_skipgram":
        raise UserError(
            f"subwords cannot be combined with mode {mode}: leave it out, or set mode to skipgram, cbow or supervised"
        )
    if values["early_stopping"] and mode != SUPERVISED:
        raise UserError(
            f"early_stopping cannot be combined with mode {mode}: leave it out, or set mode to {SUPERVISED}"
        )
    if values["subwords"] and values["min_char"] > values["max_char"]:
        raise UserError(f"min_char is {values['min_char']}, max_char is {values['max_char']}: swap them")
    given = sorted(name for name in _idle(values) if values[name] not in (None, False))
    if given:
        log.warning("no effect with mode %s and the other hyperparameters: %s", mode, ", ".join(given))
    if values["early_stopping"] and values["min_epochs"] > values["epochs"]:
        log.warning("early_stopping has no effect: min_epochs is %s, epochs only %s", values["min_epochs"],
                    values["epochs"])  # fmt: skip
    return dict(values)


def _idle(values: Mapping[str, Any]) -> set[str]:
    if values["mode"] == SUPERVISED:
        idle = {*VECTORS, *(() if values["early_stopping"] else ("min_epochs", "patience"))}
        return idle - {"subwords", *SUBWORDS} if values["subwords"] else idle
    idle = set(CLASSES)
    if values["mode"] != "batch_skipgram":
        idle.add("batch_size")
    if not values["subwords"]:
        idle.update(SUBWORDS)
    return idle
