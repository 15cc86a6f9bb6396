"""Small networks of every kind, with weights that make some classes far more probable than others."""

import numpy as np
from headline_mxnet.blocks import build
from headline_mxnet.hyperparameters import TABLE, checked, defaults
from headline_mxnet.network import Network
from headline_mxnet.numpy1 import mx

GIVEN = {
    "pairs": {"filters": "4", "pair_buckets": "50", "pair_dim": "3", "embedding_dim": "6"},
    "words": {"filters": "4", "pair_buckets": "0", "embedding_dim": "6", "filter_widths": "2,5"},
    "workshop": {"architecture": "workshop", "embedding_dim": "6"},
}
LENGTH = 9
IDS = np.random.default_rng(3).integers(2, 30, (40, LENGTH)).astype(np.int32)
IDS[np.arange(LENGTH) >= np.arange(40)[:, None] % (LENGTH + 1)] = 0  # rows of 0 to 9 words


def settings(kind, **more):
    raw = GIVEN[kind] | more
    return checked(TABLE.parse(raw, defaults(TABLE.parse(raw))))


def made(kind, n_ids=30, n_classes=4, **more):
    values = settings(kind, **more)
    block = build(values, (n_ids, LENGTH), n_classes, None)
    made = Network(block, values)
    made.probabilities(IDS)
    for number, parameter in enumerate(block.collect_params().values()):  # far from evenly probable classes
        random = np.random.default_rng(number).normal(scale=0.35, size=parameter.shape)
        parameter.set_data(mx.nd.array(random))
    return made
