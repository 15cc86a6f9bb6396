"""The hyperparameters: of the preprocessing, of the network and of its training. Trains nothing, imports no MXNet."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from smcontract.errors import UserError, shown
from smcontract.hyperparameters import Hyperparameter, Table
from smcontract.training.evaluation import EXAMPLES

TEXT = ("max_length", "vocabulary_size", "min_count")
"""Only for `input` text."""

ARRAYS = ("vocab_size", "num_classes")
"""Only for `input` arrays, which the workshop's script was told of them."""

CNN = (
    "filter_widths", "filters", "freeze_embeddings", "pair_buckets", "pair_dim", "dropout_embedding", "dropout",
    "weight_averaging",
)  # fmt: skip
"""Only for `architecture` cnn and wide-and-deep; the workshop's network has its own."""

DEEP = ("embedding_dim", "epochs", "batch_size", "learning_rate", "early_stopping_patience", "deep_share")
"""Only with a network: not for `architecture` wide."""

WIDE = ("wide_epochs", "wide_learning_rate", "wide_dropout")
"""Only for `architecture` wide and wide-and-deep."""

HIDDEN = ("hidden_units",)
"""Only for `architecture` wide-and-deep."""

DIMENSION = 100
"""Numbers in a word's vector where neither a hyperparameter nor an embeddings channel says so."""

WORKSHOP: Mapping[str, Any] = MappingProxyType(
    {**dict.fromkeys((*CNN, *WIDE, *HIDDEN, "deep_share")), "learning_rate": 0.001, "epochs": 5, "batch_size": 128}
)

OF_ARCHITECTURE: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "wide-and-deep": {},
        "wide": dict.fromkeys((*CNN, *DEEP, *HIDDEN)),
        "cnn": dict.fromkeys((*WIDE, *HIDDEN, "deep_share")),
        "workshop": WORKSHOP,
    }
)
"""Defaults that differ from the table's."""

NO_NETWORK: Mapping[str, Any] = MappingProxyType(dict.fromkeys((*CNN, *DEEP)))
"""Settings of wide-and-deep without a convolutional network."""

FEW, MANY = 5_000, 100_000
"""Headlines in the train channel: with fewer than FEW a network learns little, with MANY the table's defaults suit."""

LENGTHS = 20, 100
"""Words of a headline that are read by default, at least and at most: time and memory grow with them."""

WIDEST = 9


def _integer(name: str, minimum: int, default: int | None, help: str, **more: Any) -> Hyperparameter:
    return Hyperparameter(name=name, type=int, minimum=minimum, default=default, help=help, **more)


def _part(name: str, default: float, help: str, **more: Any) -> Hyperparameter:
    return Hyperparameter(
        name=name, type=float, minimum=0, maximum=1, exclusive_maximum=True, default=default, help=help, **more
    )


TABLE = Table((
    Hyperparameter(name="input", type=str, choices=("text", "arrays"), default="text",
                   help="What the channels hold: headlines, or arrays of word ids."),
    Hyperparameter(name="architecture", type=str, choices=("wide-and-deep", "wide", "cnn", "workshop"),
                   default="wide-and-deep",
                   help="wide: linear models of words, pairs and characters. wide-and-deep: with them hidden "
                        "layers, and with word vectors, or if a hyperparameter of it is set, a convolutional network. "
                        "cnn: that network alone. workshop: frozen embedding, 128 filters of width 3, pooling by 5, "
                        "dropout 0.3, dense 128."),
    _integer("wide_epochs", 1, 5, "wide: passes of linear models and hidden layers over the training data.",
             maximum=1000,
             scale="Linear", search=(2, 20)),
    Hyperparameter(name="wide_learning_rate", type=float, minimum=0, exclusive_minimum=True, default=0.1,
                   help="wide: AdaGrad's learning rate; it falls to 0 over the epochs.",
                   scale="Logarithmic", search=(0.02, 0.5)),
    _part("wide_dropout", 0.5, "wide: part of the features left out at each step.", scale="Linear", search=(0, 0.8)),
    _integer("hidden_units", 0, 64, "wide-and-deep: hidden units over n-grams of characters; a quarter of that over "
                                    "words and pairs; 0: none.", maximum=4096, scale="Linear", search=(16, 128)),
    _part("deep_share", 0.5, "wide-and-deep: share of the network in the sum of all scores.",
          scale="Linear", search=(0.1, 0.9)),
    _integer("max_length", 1, LENGTHS[0], "text: maximum number of words read from a headline.", maximum=10_000,
             scale="Linear", search=(8, 32)),
    _integer("vocabulary_size", 1, 1_000_000, "text: maximum number of words kept, the most frequent ones.",
             scale="Logarithmic", search=(5_000, 1_000_000)),
    _integer("min_count", 1, 2, "text: drop words that occur less often than this.", scale="Linear", search=(1, 10)),
    _integer("vocab_size", 1, None, "arrays: number of word ids, as the workshop's script needs it. Default: the rows "
                                    "of the embedding matrix, else the largest id + 1.", maximum=2**24),
    _integer("num_classes", 2, None, "arrays: number of labels, as the workshop's script needs it. Only checked.",
             maximum=2**31 - 1),
    _part("validation_fraction", 0.0, "Fraction of the train channel held back as validation data."),
    _integer("embedding_dim", 1, None, "Dimension of the word vectors. Default: that of the embeddings channel, "
                                       f"else {DIMENSION}.",
             maximum=4096, scale="Linear", search=(32, 300)),
    Hyperparameter(name="freeze_embeddings", type=bool, default=False, help="cnn: do not train the word vectors."),
    Hyperparameter(name="filter_widths", type=str, default="1,2,3",
                   help=f"cnn: filter widths in words, separated by commas, each at most {WIDEST}."),
    _integer("filters", 1, 128, "cnn: filters of each width.", maximum=10_000, scale="Linear", search=(32, 256)),
    _integer("pair_buckets", 0, 2**20, "cnn: hash buckets for pairs of neighbouring words; 0: none.",
             maximum=2**24),
    _integer("pair_dim", 1, 16, "cnn: dimension of the pair vectors.", maximum=4096, scale="Linear", search=(4, 64)),
    _part("dropout_embedding", 0.3, "cnn: dropout rate of the word vectors.",
          scale="Linear", search=(0, 0.5)),
    _part("dropout", 0.5, "cnn: dropout rate of the features.", scale="Linear", search=(0, 0.7)),
    Hyperparameter(name="weight_averaging", type=bool, default=True,
                   help="cnn: average the weights over the epochs so far."),
    _integer("epochs", 1, 6, "Passes of the network over the training data. workshop: 5.",
             scale="Linear", search=(1, 10)),
    _integer("batch_size", 1, 512, "Records per step. workshop: 128.", scale="Logarithmic", search=(64, 2048)),
    Hyperparameter(name="learning_rate", type=float, minimum=0, exclusive_minimum=True, default=0.002,
                   help="Adam's learning rate; it falls to 0 over the epochs. workshop: 0.001, constant.",
                   scale="Logarithmic", search=(2e-4, 1e-2)),
    _integer("early_stopping_patience", 1, None, "Stop when the validation accuracy has not improved for this many "
                                                 "epochs. The best epoch is kept in any case."),
    _integer("seed", 0, 0, "Seed for all random choices.", maximum=2**31 - 1),
    Hyperparameter(name="export_onnx", type=bool, default=False,
                   help="Also write the network as model.onnx, which other runtimes read."),
    EXAMPLES,
))  # fmt: skip
"""Defaults are the recipe for headlines; `defaults` has those that differ."""


def defaults(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the defaults that differ from the table's: None for what has no effect.

    Example:
        >>> defaults({"input": "arrays", "architecture": "wide-and-deep"})
        {'max_length': None, 'vocabulary_size': None, 'min_count': None}
    """
    return {
        **(dict.fromkeys(TEXT) if values["input"] == "arrays" else {}),
        **OF_ARCHITECTURE[values["architecture"]],
    }


def suited(n_headlines: int, length: int, architecture: str, has_network: bool, has_vectors: bool) -> dict[str, Any]:
    """Return the defaults that differ from the table for this many headlines, of up to `length` words.

    Longer texts are read whole. More passes for fewer headlines. Below FEW every word counts, and a network without
    vectors made elsewhere needs settings of its own. For `input` text. See docs/decisions.md, Settings for few records.

    Example:
        >>> suited(1500, 9, "wide-and-deep", has_network=False, has_vectors=False)
        {'wide_epochs': 20, 'min_count': 1}
        >>> suited(20_000, 56, "wide", False, False), suited(20_000, 9, "cnn", True, False)
        ({'max_length': 56, 'wide_epochs': 5}, {})
    """
    found: dict[str, Any] = {"max_length": min(length, LENGTHS[1])} if length > LENGTHS[0] else {}
    if architecture in ("wide", "wide-and-deep") and n_headlines < MANY:
        found["wide_epochs"] = min(20, max(5, MANY // max(1, n_headlines)))
    if architecture == "wide-and-deep" and has_network and n_headlines < MANY:
        found |= {"epochs": min(20, max(6, 2 * MANY // max(1, n_headlines))), "batch_size": 64}
    if n_headlines >= FEW:
        return found
    found["min_count"] = 1
    if not has_network or has_vectors:
        return found
    return {**found, **({} if architecture == "cnn" else {"deep_share": 0.2}), **_of_few(n_headlines)}


def _of_few(n_headlines: int) -> dict[str, Any]:
    """Of a network: enough steps, wide vectors, no filters for phrases that hardly return."""
    return {
        "epochs": min(40, max(10, 30_000 // max(1, n_headlines))),
        "batch_size": 32,
        "learning_rate": 0.01,
        "embedding_dim": 300,
        "filter_widths": "1",
        "pair_buckets": 2**14,
    }


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with `filter_widths` as a tuple; raises UserError when some of them do not go together."""
    _refuse(values, TEXT, "input", "text")
    _refuse(values, ARRAYS, "input", "arrays")
    _refuse(values, CNN, "architecture", "wide-and-deep", "cnn")
    _refuse(values, DEEP[:-1], "architecture", "wide-and-deep", "cnn", "workshop")
    _refuse(values, (*DEEP[-1:], *HIDDEN), "architecture", "wide-and-deep")
    _refuse(values, WIDE, "architecture", "wide-and-deep", "wide")
    if values["filter_widths"] is None:
        return dict(values)
    parts = [part.strip() for part in values["filter_widths"].split(",")]
    widths = tuple(int(part) if part.isdecimal() and len(part) < 5 else 0 for part in parts)
    if not all(1 <= width <= WIDEST for width in widths) or len(set(widths)) < len(widths):
        raise UserError(
            f"filter_widths is {shown(values['filter_widths'])}: give different whole numbers from 1 to {WIDEST}, "
            "separated by commas"
        )
    return {**values, "filter_widths": widths}


def _refuse(values: Mapping[str, Any], names: tuple[str, ...], key: str, *needed: str) -> None:
    """Say so rather than ignore a value that would have no effect."""
    given = [name for name in names if values[name] is not None]
    if values[key] not in needed and given:
        raise UserError(
            f"no effect with {key} {values[key]}: {', '.join(given)}; leave out, or set {key} to {' or '.join(needed)}"
        )
