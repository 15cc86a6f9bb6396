"""Hidden layers: the C code beside the Python code and under sanitizers, and their file."""

import shutil

import numpy as np
import pytest
from headline_mxnet import hidden, plain
from headline_mxnet.hidden import FILE, LARGEST, Hidden, Layer, Rows
from headline_mxnet.model import Model
from headline_mxnet.wide import Wide
from smcontract.errors import UserError

from tests import sanitizers
from tests.images.headline_mxnet.test_linear import IMAGE, N_KNOWN, REPOSITORY, headlines, view

N_UNITS = 16


def rows(n_rows, n_classes, seed=3):
    random = np.random.default_rng(seed)
    weights = random.normal(scale=0.2, size=(n_rows, N_UNITS)).astype(np.float32)
    top = random.normal(size=(n_classes + 1, N_UNITS)).astype(np.float32)
    return Rows(weights, np.zeros(n_rows, np.float32), top, np.zeros_like(top))


@pytest.mark.parametrize("n_buckets", [0, 50])
@pytest.mark.parametrize(("n_classes", "dropout"), [(2, 0.0), (3, 0.5), (70, 0.9)])
def test_it_trains_as_the_python_code_does(n_buckets, n_classes, dropout):
    assert hidden.AVAILABLE
    seen, given = view(n_buckets), (*headlines(n_classes=n_classes), (0.1, 0.05), dropout, 2**64 - 3)
    ours, theirs, before = (rows(20 + n_buckets, n_classes) for _ in range(3))
    loss, state = hidden.train(ours, seen, *given)
    their_loss, their_state = plain.train_hidden(*theirs, seen, *given)
    for mine, other, first in zip(ours, theirs, before, strict=True):
        assert np.allclose(mine, other, atol=1e-4)
        assert (mine != first).any()
    assert (loss, state) == (pytest.approx(their_loss, rel=1e-3), their_state)


def test_a_layer_finds_what_no_sum_of_words_says():
    """Exclusive or: the label is whether the two words differ, which is nothing that either says alone."""
    ids = np.array([[2, 4], [2, 5], [3, 4], [3, 5]] * 300, np.int32)
    labels = np.array([0, 1, 1, 0] * 300, np.int32)
    seen = view()._replace(starts=np.arange(7), rows=np.arange(6, dtype=np.int32), n_known=6, pairs=6)
    network = rows(6, 2)
    hidden.train(network, seen, ids, labels, (0.5, 0.1), 0.0, 1)
    layer = Layer(Wide(network.rows, network.rows[:0], network.rows[:0]), network.top)
    assert layer.scores(ids[:4]).argmax(axis=1).tolist() == [0, 1, 1, 0]


def test_the_file_has_the_numbers_that_are_rounded_to(tmp_path):
    network = rows(30, 3)
    table = hidden.rounded(network.rows * np.float32(1e6))
    assert np.abs(table).max() == LARGEST
    layers = (
        Layer(Wide(network.rows[:N_KNOWN], table, network.rows[:0]), network.top),
        Layer(Wide(network.rows[:N_KNOWN], network.rows[:0], table), network.top),
    )
    made = Hidden(layers)
    made.save(tmp_path)
    ids, _ = headlines()
    ids %= N_KNOWN
    assert (Hidden.load(tmp_path, 3).scores(ids) == made.scores(ids)).all()
    assert np.allclose(made.scaled(0.25).scores(ids), made.scores(ids) / 4, rtol=1e-4)
    with pytest.raises(UserError, match=r"^hidden\.npz in .* is not what training writes"):
        Hidden.load(tmp_path, 4)
    (tmp_path / FILE).write_bytes(b"PK")
    with pytest.raises(UserError, match=r"^hidden\.npz in .* cannot be read"):
        Hidden.load(tmp_path, 3)


def test_a_job_without_them_has_no_file(news):
    with_layers, without = news.train(), news.train(hidden_units="0")
    assert FILE in with_layers.manifest.files
    assert FILE not in without.manifest.files
    assert (with_layers.classifier.hidden is None, without.classifier.hidden) == (False, None)
    assert Model.load(news.paths.model).predict(["bank"]) == without.predict(["bank"])


HOSTILE = r"""
import sys
sys.path[:0] = sys.argv[1:]
import numpy as np
from headline_mxnet import hidden
from tests.images.headline_mxnet.test_hidden import N_UNITS, rows
from tests.images.headline_mxnet.test_linear import headlines, view

assert hidden._core.__file__.startswith(sys.argv[1])
ids, labels = headlines()
network = rows(70, 3)
good = dict(network._asdict(), view=view(50), ids=ids, labels=labels, units=N_UNITS, length=6, rate=1e30, last=-1e30,
            dropout=0.5, state=7)
hidden._core.train(*good.values())
few = network.rows[1:].copy()
wrong = [dict(rows=few), dict(squares=network.squares[1:].copy()), dict(top=network.top[1:].copy()),
         dict(top=network.top[:1].copy(), top_squares=network.top[:1].copy()), dict(ids=ids + 1), dict(ids=-ids),
         dict(labels=labels + 1), dict(labels=labels - 1), dict(units=0), dict(units=-1), dict(units=2**60),
         dict(length=0), dict(length=2**60), dict(dropout=1.0), dict(dropout=float("nan")),
         dict(view=view(50)._replace(n_buckets=51))]
for each in wrong:
    try:
        hidden._core.train(*(tuple(value) if isinstance(value, tuple) else value for value in (good | each).values()))
    except ValueError as error:
        assert "do not fit together" in str(error)
        continue
    raise AssertionError(f"accepted: {each}")
print("done")
"""


def test_nothing_is_read_or_written_out_of_bounds(tmp_path):
    package = shutil.copytree(IMAGE / "headline_mxnet", tmp_path / "headline_mxnet", ignore=lambda *_: ["__pycache__"])
    for built in package.glob("_hidden*"):
        built.unlink()
    (tmp_path / "hostile.py").write_text(HOSTILE)
    sanitizers.build(IMAGE / "core" / "hidden.c", package, "_hidden")
    done = sanitizers.run(tmp_path / "hostile.py", tmp_path, REPOSITORY)
    assert done.stdout == "done\n", done.stderr[-5_000:]
