import pytest
from xgboost_sentiment import train
from xgboost_sentiment.hyperparameters import TABLE, defaults
from xgboost_sentiment.loading import load
from xgboost_sentiment.model import Model

from tests.opt_ml import OptMl

REVIEWS = "".join(
    f'1,"A wonderful film, number {n}: great fun."\n0,<b>An awful film</b> number {n} and a very boring one\n'
    for n in range(20)
)
THREE = "".join(
    f'pos,"A wonderful film, number {n}: great fun."\nneu,"An ordinary film, number {n}, of two hours"\n'
    f"neg,<b>An awful film</b> number {n} and a very boring one\n"
    for n in range(12)
)
ROWS = "".join(f"1,{n % 3},0,2.5\n0,{n % 3},1,\n" for n in range(20))


class Container(OptMl):
    main, table = "xgboost_sentiment.train:main", TABLE
    defaults, algorithm = staticmethod(defaults), staticmethod(train.algorithm)

    def train(self, **hyperparameters):
        """Train in this process; return the model as it would be served."""
        super().train(**hyperparameters)
        return load(self.paths.model)


@pytest.fixture
def container(tmp_path):
    return Container(tmp_path / "ml")


@pytest.fixture
def reviews(container):
    """A container with a train channel of 40 reviews that a model can tell apart."""
    container.put("train", REVIEWS)
    return container


@pytest.fixture
def rows(container):
    """A container with a train channel of 40 rows of 3 numbers."""
    container.put("train", ROWS)
    return container


@pytest.fixture(scope="session")
def trained_reviews(tmp_path_factory):
    """A container of `reviews`, trained once: for tests that only read the model."""
    container = Container(tmp_path_factory.mktemp("reviews") / "ml")
    container.put("train", REVIEWS)
    container.train()
    return container


@pytest.fixture(scope="session")
def model(trained_reviews):
    """The model of `trained_reviews`, as it would be served."""
    return Model.load(trained_reviews.paths.model)
