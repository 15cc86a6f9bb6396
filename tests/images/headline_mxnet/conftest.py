import io

import numpy as np
import pytest
from headline_mxnet import train
from headline_mxnet.hyperparameters import TABLE, defaults
from headline_mxnet.model import Model

from tests.opt_ml import OptMl

NEWS = "".join(
    f'sport,"Striker scores in cup final, number {n}"\nbusiness,Shares <b>fall</b> on bank profit {n}\n'
    f"science,Telescope finds new planet {n}\n"
    for n in range(16)
)
SMALL = {"epochs": "4", "batch_size": "8", "embedding_dim": "8", "filters": "4", "learning_rate": "0.02"}
TINY = {
    "arrays": SMALL | {"pair_buckets": "64"},
    "text": SMALL | {"max_length": "8", "min_count": "1", "pair_buckets": "0", "filter_widths": "1,2,3"},
}
"""Hyperparameters for each `input`."""


class Container(OptMl):
    main, table = "headline_mxnet.start:main", TABLE
    defaults, algorithm = staticmethod(defaults), staticmethod(train.algorithm)

    def small_ones(self, hyperparameters):
        return TINY[hyperparameters.get("input", "text")]

    def train(self, **hyperparameters):
        """Train in this process; return the model as it would be served."""
        super().train(**hyperparameters)
        return Model.load(self.paths.model)

    def put_array(self, channel, name, array):
        file = io.BytesIO()
        np.save(file, array)
        self.put(channel, file.getvalue(), name=name)


@pytest.fixture
def container(tmp_path):
    return Container(tmp_path / "ml")


@pytest.fixture
def news(container):
    """A container with a train channel of 48 headlines of three categories that a model can tell apart."""
    container.put("train", NEWS)
    return container


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """The same, trained once: for tests that only read the model."""
    container = Container(tmp_path_factory.mktemp("trained") / "ml")
    container.put("train", NEWS)
    container.train()
    return container


@pytest.fixture(scope="session")
def model(trained):
    """The model of `trained`, as it would be served."""
    return Model.load(trained.paths.model)
