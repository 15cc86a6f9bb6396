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
"""Only for `architecture` cnn; the workshop's network has its own."""

DIMENSION = 100
"""Numbers in a word's vector where neither a hyperparameter nor an embeddings channel says so."""

WORKSHOP: Mapping[str, Any] = MappingProxyType(
    {**dict.fromkeys(CNN), "learning_rate": 0.001, "epochs": 5, "batch_size": 128}
)

FEW = 5_000
"""Headlines in the train channel: with fewer, the defaults make too few training steps."""

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
    Hyperparameter(name="architecture", type=str, choices=("cnn", "workshop"), default="cnn",
                   help="This image's network, or the workshop's: frozen embedding, 128 filters of width 3, pooling by "
                        "5, dropout 0.3, dense 128."),
    _integer("max_length", 1, 20, "text: maximum number of words read from a headline.", maximum=10_000,
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
    _integer("pair_buckets", 0, 2**20, "cnn: hash buckets for pairs of neighbouring words, 0 for none.", maximum=2**24),
    _integer("pair_dim", 1, 16, "cnn: dimension of the pair vectors.", maximum=4096, scale="Linear", search=(4, 64)),
    _part("dropout_embedding", 0.3, "cnn: dropout rate of the word vectors.",
          scale="Linear", search=(0, 0.5)),
    _part("dropout", 0.5, "cnn: dropout rate of the features.", scale="Linear", search=(0, 0.7)),
    Hyperparameter(name="weight_averaging", type=bool, default=True,
                   help="cnn: average the weights over the epochs so far."),
    _integer("epochs", 1, 6, "Passes over the training data. workshop: 5.", scale="Linear", search=(1, 10)),
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
        >>> defaults({"input": "arrays", "architecture": "cnn"})
        {'max_length': None, 'vocabulary_size': None, 'min_count': None}
    """
    return {
        **(dict.fromkeys(TEXT) if values["input"] == "arrays" else {}),
        **(WORKSHOP if values["architecture"] == "workshop" else {}),
    }


def suited(n_headlines: int) -> dict[str, Any]:
    """Return the defaults for so many headlines that differ from the table's: none from FEW on.

    Enough steps, every word, wide vectors, no filters for phrases that hardly return: see docs/decisions.md, Settings
    for few records. For `input` text, `architecture` cnn, and vectors that are not given.

    Example:
        >>> suited(1500)["epochs"], suited(FEW)
        (20, {})
    """
    if n_headlines >= FEW:
        return {}
    return {
        "epochs": min(40, max(10, 30_000 // max(1, n_headlines))),
        "batch_size": 32,
        "learning_rate": 0.01,
        "min_count": 1,
        "embedding_dim": 300,
        "filter_widths": "1",
        "pair_buckets": 2**14,
    }


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with `filter_widths` as a tuple; raises UserError when some of them do not go together."""
    _refuse(values, TEXT, "input", "text")
    _refuse(values, ARRAYS, "input", "arrays")
    _refuse(values, CNN, "architecture", "cnn")
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


def _refuse(values: Mapping[str, Any], names: tuple[str, ...], key: str, needed: str) -> None:
    """Say so rather than ignore a value that would have no effect."""
    given = [name for name in names if values[name] is not None]
    if values[key] != needed and given:
        raise UserError(f"no effect with {key} {values[key]}: {', '.join(given)}; leave out, or set {key} to {needed}")
