"""The two networks, as Gluon blocks: from the arrays of `features.inputs` to scores of the classes, before softmax."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from smcontract.errors import UserError

from headline_mxnet.features import WORKSHOP_POOL, WORKSHOP_WIDTH
from headline_mxnet.hyperparameters import DIMENSION
from headline_mxnet.numpy1 import mx

nn = mx.gluon.nn

WORKSHOP_FILTERS, WORKSHOP_DENSE, WORKSHOP_DROPOUT = 128, 128, 0.3

LANES = 16
"""Channels that oneDNN's kernels work on at once: training is faster where their number is a multiple of it."""


class Cnn(mx.gluon.HybridBlock):  # type: ignore[misc]  # MXNet carries no types
    """Embedding, convolutions of several widths, maximum over time; beside them a sum of hashed word pairs' vectors.

    The pairs are what a linear classifier of bigrams would see; the two together are better than either.
    """

    def __init__(self, settings: Mapping[str, Any], n_ids: int, dimension: int, n_classes: int) -> None:
        super().__init__()
        frozen = settings["freeze_embeddings"]
        self.pair_buckets = settings["pair_buckets"]
        with self.name_scope():
            # Sparse gradients: a step touches the rows of its words and no others.
            self.embedding = nn.Embedding(
                n_ids, dimension, sparse_grad=not frozen, weight_initializer=mx.init.Uniform(0.25)
            )
            if frozen:
                self.embedding.weight.grad_req = "null"
            self.embedding_dropout = nn.Dropout(settings["dropout_embedding"])
            self.convolutions = nn.HybridSequential()
            for width in settings["filter_widths"]:
                # Two-dimensional ones, of height 1: MXNet has fast kernels for those alone.
                self.convolutions.add(nn.Conv2D(settings["filters"], (1, width), in_channels=dimension))
            n_features = settings["filters"] * len(settings["filter_widths"])
            if self.pair_buckets:
                self.pairs = nn.Embedding(
                    self.pair_buckets + 1, settings["pair_dim"], sparse_grad=True,
                    weight_initializer=mx.init.Uniform(0.01),
                )  # fmt: skip
                n_features += settings["pair_dim"]
            self.dropout = nn.Dropout(settings["dropout"])
            self.output = nn.Dense(n_classes, in_units=n_features)

    def hybrid_forward(self, ops: Any, ids: Any, pairs: Any = None, weights: Any = None) -> Any:
        """Return (n_records, n_classes)."""
        # In this order: behind a convolution oneDNN keeps gradients in blocks of 8 or 16 numbers, which `transpose` can
        # read and `expand_dims` cannot.
        vectors = self.embedding_dropout(self.embedding(ids)).expand_dims(1).transpose((0, 3, 1, 2))
        # ReLU after the maximum, which it does not move, has far fewer numbers to process.
        features = [ops.relu(_over_time(ops, convolve(vectors))) for convolve in self.convolutions]
        if self.pair_buckets:
            features.append(ops.batch_dot(weights, self.pairs(pairs)).flatten())
        return self.output(self.dropout(ops.concat(*features, dim=1)))


def _over_time(ops: Any, maps: Any) -> Any:
    """The maximum of each map, (n_records, n_maps), by its place: the gradient of `max` itself is slower."""
    flat = maps.reshape((0, 0, -1))
    return ops.pick(flat, ops.argmax(flat, axis=2), axis=2)


class Workshop(mx.gluon.HybridBlock):  # type: ignore[misc]
    """The workshop's network: its embedding stays as it was given."""

    def __init__(self, n_ids: int, dimension: int, n_classes: int) -> None:
        super().__init__()
        with self.name_scope():
            self.embedding = nn.Embedding(n_ids, dimension, weight_initializer=mx.init.Uniform(0.25))
            self.embedding.weight.grad_req = "null"
            self.layers = nn.HybridSequential()
            self.layers.add(
                nn.Conv2D(WORKSHOP_FILTERS, (1, WORKSHOP_WIDTH), in_channels=dimension, activation="relu"),
                nn.MaxPool2D((1, WORKSHOP_POOL)),
                nn.Dropout(WORKSHOP_DROPOUT),
                nn.Flatten(),
                nn.Dense(WORKSHOP_DENSE, activation="relu"),
                nn.Dense(n_classes),
            )

    def hybrid_forward(self, ops: Any, ids: Any) -> Any:  # noqa: ARG002
        """Return (n_records, n_classes)."""
        return self.layers(self.embedding(ids).expand_dims(1).transpose((0, 3, 1, 2)))


def build(
    settings: Mapping[str, Any],
    shape: tuple[int, int],
    n_classes: int,
    vectors: NDArray[np.float32] | None,
) -> Any:
    """Return an initialised, hybridised block for `shape` = (n_ids, max_length).

    `vectors`, float32 (n_ids, dimension), is what the embedding starts from; in `Cnn` columns of zeros fill it up to a
    multiple of `LANES`. Raises UserError when the workshop's network cannot take rows of that length.
    """
    n_ids, max_length = shape
    dimension = vectors.shape[1] if vectors is not None else settings["embedding_dim"] or DIMENSION
    shortest = WORKSHOP_WIDTH + WORKSHOP_POOL - 1
    if settings["architecture"] == "workshop":
        if max_length < shortest:
            raise UserError(f"max_length is {max_length}: the workshop's network takes rows of at least {shortest}")
        block = Workshop(n_ids, dimension, n_classes)
    else:
        added = -dimension % LANES
        block = Cnn(settings, n_ids, dimension + added, n_classes)
        vectors = None if vectors is None else np.pad(vectors, ((0, 0), (0, added)))
    mx.random.seed(settings["seed"])
    block.initialize(mx.init.Xavier())
    block.hybridize(static_alloc=True)
    if vectors is not None:
        block.embedding.weight.set_data(mx.nd.array(vectors))
    return block
