"""The C code beside the Python code that it stands in for, and under sanitizers."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from headline_mxnet import linear, plain
from headline_mxnet.views import View

from tests import sanitizers

REPOSITORY = Path(__file__).parents[3]
IMAGE = REPOSITORY / "images" / "headline-mxnet"
WORDS = ["a", "café", "電影", "naïve", "wonderful", "x" * 70, "😀", "великий", ""]
N_WORDS, N_KNOWN = 12, 10


def view(n_buckets=0, seed=0):
    """Some words have several rows, some none, and some rows are of several words."""
    random = np.random.default_rng(seed)
    starts = np.concatenate([[0], np.cumsum(random.integers(0, 4, N_WORDS))])
    rows = random.integers(0, 20, starts[-1]).astype(np.int32)
    return View(starts, rows, N_KNOWN, 20, n_buckets)


def headlines(n=40, length=6, n_classes=3):
    random = np.random.default_rng(1)
    ids = random.integers(0, N_WORDS, (n, length)).astype(np.int32)
    return ids, random.integers(0, n_classes, n).astype(np.int32)


def trained(module, seen, n_classes, dropout, state):
    weights = np.zeros((20 + seen.n_buckets, n_classes), np.float32)
    squares = np.zeros_like(weights)
    loss, state = module.train(weights, squares, seen, *headlines(n_classes=n_classes), (0.4, 0.1), dropout, state)
    return weights, squares, loss, state


def test_the_extension_is_built():
    assert linear.AVAILABLE


@pytest.mark.parametrize("n_buckets", [0, 1, 50])
@pytest.mark.parametrize(("n_classes", "dropout"), [(2, 0.0), (3, 0.5), (70, 0.9)])
def test_it_trains_as_the_python_code_does(n_buckets, n_classes, dropout):
    *ours, loss, state = trained(linear, view(n_buckets), n_classes, dropout, 2**64 - 3)
    *theirs, their_loss, their_state = trained(plain, view(n_buckets), n_classes, dropout, 2**64 - 3)
    for mine, other in zip(ours, theirs, strict=True):
        assert np.allclose(mine, other, atol=1e-5)
        assert mine.any()
    assert (loss, state) == (pytest.approx(their_loss, rel=1e-4), their_state)


@pytest.mark.parametrize("n_buckets", [0, 1, 50])
@pytest.mark.parametrize("length", [1, 6])
def test_it_scores_as_the_python_code_does(n_buckets, length):
    random = np.random.default_rng(2)
    sizes = (N_KNOWN, N_WORDS - N_KNOWN, n_buckets)
    tables = [random.normal(size=(n, 3)).astype(np.float32) for n in sizes]
    ids, _ = headlines(length=length)
    assert np.allclose(linear.scores(*tables, ids), plain.scores(*tables, ids), atol=1e-5)
    assert linear.scores(*tables, ids[:0]).shape == (0, 3)


@pytest.mark.parametrize(("least", "most", "n_buckets"), [(1, 1, 7), (3, 6, 2**31 - 1), (5, 100, 1)])
def test_n_grams_are_those_of_the_python_code(least, most, n_buckets):
    for mine, other in zip(
        linear.grams(WORDS, least, most, n_buckets), plain.grams(WORDS, least, most, n_buckets), strict=True
    ):
        assert mine.dtype == other.dtype
        assert mine.tolist() == other.tolist()


def test_training_finds_the_word_that_tells():
    starts = np.arange(5)
    seen = View(starts, np.arange(4, dtype=np.int32), 4, 4, 0)
    weights = np.zeros((4, 2), np.float32)
    ids, labels = np.array([[2, 0], [3, 0]] * 20, np.int32), np.array([0, 1] * 20, np.int32)
    first, _ = linear.train(weights, squares := np.zeros_like(weights), seen, ids, labels, (0.5, 0.5), 0.0, 1)
    second, _ = linear.train(weights, squares, seen, ids, labels, (0.5, 0.5), 0.0, 1)
    assert second < first / 2
    assert (weights[2:].argmax(axis=1) == [0, 1]).all()


HOSTILE = r"""
import sys
sys.path[:0] = sys.argv[1:]
import numpy as np
from headline_mxnet import linear
from tests.images.headline_mxnet.test_linear import WORDS, headlines, view

assert linear._core.__file__.startswith(sys.argv[1])
train, scores, grams = linear._core.train, linear._core.scores, linear._core.grams
ids, labels = headlines()
weights = np.zeros((70, 3), np.float32)
good = dict(weights=weights, squares=weights.copy(), view=view(50), ids=ids, labels=labels, classes=3, length=6,
            rate=1e30, last=-1e30, dropout=0.5, state=7)
for least, most in ((1, 2**62), (3, 6), (2**62, 2**62)):
    linear.grams([*WORDS, "\U0010ffff" * 300], least, most, 2**31 - 1)
train(*good.values())
linear.scores(weights[:10], weights[:2], weights, ids)
seen = view(50)
wrong = [dict(weights=weights[1:]), dict(squares=weights[1:].copy()), dict(ids=ids + 1), dict(ids=ids[1:]),
         dict(ids=-ids),
         dict(labels=labels + 1), dict(labels=labels - 1), dict(classes=0), dict(length=0), dict(length=2**60),
         dict(classes=2**60), dict(dropout=1.0), dict(dropout=float("nan")), dict(view=seen._replace(n_buckets=51)),
         dict(view=seen._replace(n_buckets=2**62)), dict(view=seen._replace(pairs=-1)),
         dict(view=seen._replace(pairs=2**62)),
         dict(view=seen._replace(n_known=-5)), dict(view=seen._replace(rows=seen.rows[1:])),
         dict(view=seen._replace(rows=seen.rows + 60)), dict(view=seen._replace(rows=-seen.rows - 1)),
         dict(view=seen._replace(starts=seen.starts - 1)), dict(view=seen._replace(starts=seen.starts[::-1].copy())),
         dict(view=seen._replace(starts=seen.starts[:0])), dict(view=seen._replace(starts=seen.starts[:3]))]
calls = [(train, tuple((good | each).values())) for each in wrong]
few = weights[:2]
calls += [(scores, (weights[:9], few, weights, ids, 3, 6)), (scores, (weights, few, weights, -ids, 3, 6)),
          (scores, (weights, few, weights, ids, 0, 6)), (scores, (weights, few, weights, ids, 3, 0)),
          (scores, (weights[:1], weights, weights, ids, 3, 6)), (grams, (b"abcd" * 3, np.array([0, 4]), 1, 2, 5)),
          (grams, (b"abcd" * 3, np.array([2, 1, 3]), 1, 2, 5)), (grams, (b"abcd", np.array([-1, 1]), 1, 2, 5)),
          (grams, (b"abcd", np.array([0, 1]), 1, 2, 0)), (grams, (b"abcd", b"", 1, 2, 5)),
          (grams, (b"abcd", np.array([0, 1]), 0, 2, 5)), (grams, (b"abcd", np.array([0, 1]), 1, 2, 2**31))]
for function, arguments in calls:
    try:
        function(*(tuple(each) if isinstance(each, tuple) else each for each in arguments))
    except ValueError as error:
        assert "do not fit together" in str(error)
        continue
    raise AssertionError(f"accepted: {arguments}")
print("done")
"""


def test_nothing_is_read_or_written_out_of_bounds(tmp_path):
    package = shutil.copytree(IMAGE / "headline_mxnet", tmp_path / "headline_mxnet", ignore=lambda *_: ["__pycache__"])
    for built in package.glob("_linear*"):
        built.unlink()
    (tmp_path / "hostile.py").write_text(HOSTILE)
    sanitizers.build(IMAGE / "core" / "linear.c", package, "_linear")
    done = sanitizers.run(tmp_path / "hostile.py", tmp_path, REPOSITORY)
    assert done.stdout == "done\n", done.stderr[-5_000:]
