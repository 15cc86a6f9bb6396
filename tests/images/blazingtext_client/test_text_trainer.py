"""The C code of text classes beside the Python code that it stands in for: the same weights and random numbers."""

import random
from dataclasses import replace

import numpy as np
import pytest
from blazingtext_client import kernel, layout, plainclasses
from blazingtext_client.layout import Grams, TextArrays, Weights

from tests.images.blazingtext_client.test_kernel import WORDS

TEXT = ["</s>", *WORDS]


def untrained(n_words, n_labels, dim=10, longest=2, buckets=30, subwords=(0, 0)):
    """Weights of words, of which the last has no row of its own, and what is trained on them."""
    names = [*TEXT, *(f"word{n}" for n in range(n_words))][:n_words]
    offsets, rows = plainclasses.subwords(names, *subwords, max(buckets, 1), n_words - 1)
    generator = np.random.default_rng(3)
    weights = Weights(*(layout.zeros(n, dim) for n in (n_words - 1 + buckets, n_labels)))
    for matrix in weights:
        matrix[:, :dim] = generator.uniform(-0.5, 0.5, (len(matrix), dim))
    arrays = TextArrays(offsets, rows, plainclasses.hashes(names), np.zeros(1, np.uint8))
    return weights, arrays, Grams(longest, *subwords, buckets, n_words - 1)


def texts(n_words, n_labels, n=60, longest=12):
    """Numbers of texts: some without a label or without a word, some empty."""
    chance, ids = random.Random(9), []
    for _ in range(n):
        ids += [-2 - chance.randrange(n_labels) for _ in range(chance.randrange(4))]
        ids += [chance.randrange(n_words) for _ in range(chance.randrange(longest))] + [-1]
    return np.array(ids, np.int32)


def trained(module, start, ids, alpha=0.3, fall=1e-3):
    weights, arrays, grams = start
    mine = Weights(*(matrix.copy() for matrix in weights))
    trainer = module.TextTrainer(mine, arrays, grams)
    return trainer.train(ids, alpha, fall, 2**64 - 5), trainer.right(ids), mine


def assert_equal(start, ids, **more):
    (result, right, ours), (expected, expected_right, theirs) = (
        trained(module, start, ids, **more) for module in (kernel, plainclasses)
    )
    assert result == expected
    assert right == expected_right
    assert result[0] == (ids > 0).sum()
    for matrix, other in zip(ours, theirs, strict=True):
        assert np.allclose(matrix, other, atol=1e-4)
    return ours


@pytest.mark.parametrize("dim", [1, 8, 10, 104])
@pytest.mark.parametrize("n_labels", [1, 2, 7, 40])
@pytest.mark.parametrize(("longest", "subwords"), [(1, (0, 0)), (2, (0, 0)), (5, (0, 0)), (1, (2, 4)), (3, (3, 6))])
def test_it_trains_as_the_python_code_does(dim, n_labels, longest, subwords):
    start = untrained(20, n_labels, dim, longest, subwords=subwords)
    ours = assert_equal(start, texts(20, n_labels))
    if n_labels > 1:
        assert not np.allclose(ours.input, start[0].input)
    assert not ours.input[:, dim:].any()
    assert not ours.output[:, dim:].any()


def test_the_learning_rate_falls_to_nothing_and_not_below():
    start = untrained(20, 3)
    nothing = assert_equal(start, texts(20, 3), alpha=0.0)
    assert np.array_equal(nothing.input, start[0].input)
    assert_equal(start, texts(20, 3), alpha=0.1, fall=0.01)


@pytest.mark.parametrize("ids", [[], [-1], [0, -1], [-2, -1], [-1, -1, -2, 1, -1], [-2, 0]])
def test_few_numbers(ids):
    assert_equal(untrained(3, 2), np.array(ids, np.int32))


def test_one_thread_repeats_itself_bit_by_bit():
    start, ids = untrained(300, 5, buckets=1000), texts(300, 5, 500)
    one, other = (trained(kernel, start, ids)[2] for _ in range(2))
    assert all(np.array_equal(*pair) for pair in zip(one, other, strict=True))


@pytest.mark.parametrize("module", [kernel, plainclasses])
def test_a_stop_is_seen_before_each_text(module):
    start = untrained(20, 3)
    start[1].stop[0] = 1
    (words, _), _, ours = trained(module, start, texts(20, 3))
    assert words == 0
    assert np.array_equal(ours.output, start[0].output)


@pytest.mark.parametrize("value", [np.inf, np.nan, 1e30])
def test_numbers_that_are_none_do_no_harm(value):
    start = untrained(20, 3)
    start[0].input[:] = value
    (words, _), _, _ = trained(kernel, start, texts(20, 3))
    assert words > 0


@pytest.mark.parametrize("grams", [Grams(1, 0, 0, 50, 13), Grams(4, 0, 0, 50, 13), Grams(3, 2, 5, 1, 13)])
def test_the_rows_of_a_text_are_those_of_the_python_code(grams):
    index = {**{word: row for row, word in enumerate(TEXT)}, "__label__a": -1}
    words = [*TEXT, "unknown", "__label__a", "__label__unknown", "a", "", "</s>"]
    ours, theirs = (module.features(words, index, grams) for module in (kernel, plainclasses))
    assert ours.tolist() == theirs.tolist()
    assert kernel.features([], index, grams).tolist() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"input": np.zeros((48, 16), np.float32)},
        {"output": np.zeros((0, 16), np.float32)},
        {"offsets": np.arange(20)},
        {"offsets": np.array([0, 2, 1, *range(3, 20), 19])},
        {"rows": np.full(19, 49)},
        {"rows": np.full(19, -1)},
        {"hashes": np.zeros(0, np.int32)},
        {"stop": np.zeros(0, np.uint8)},
    ],
)
def test_arrays_that_do_not_fit_are_refused(wrong):
    weights, arrays, grams = untrained(20, 3)
    for name, value in wrong.items():
        if name in Weights._fields:
            weights = weights._replace(**{name: value})
        else:
            arrays = replace(arrays, **{name: value})
    with pytest.raises(ValueError, match="do not fit together"):
        kernel.TextTrainer(weights, arrays, grams)


@pytest.mark.parametrize(
    "grams", [Grams(0, 0, 0, 30, 19), Grams(2, 0, 0, 0, 19), Grams(2, 0, 0, 31, 19), Grams(2, 0, 0, 30, -1)]
)
def test_ngrams_without_rows_are_refused(grams):
    weights, arrays, _ = untrained(20, 3)
    with pytest.raises(ValueError, match="do not fit together"):
        kernel.TextTrainer(weights, arrays, grams)


@pytest.mark.parametrize(("ids", "sentence"), [([0, 20], "no word 20"), ([-5, 1], "no label -5")])
def test_an_unknown_number_is_refused(ids, sentence):
    with pytest.raises(ValueError, match=f"there is {sentence}"):
        trained(kernel, untrained(20, 3), np.array(ids, np.int32))


def test_an_unknown_label_is_never_right():
    weights, arrays, grams = untrained(20, 1)
    trainer = kernel.TextTrainer(weights, arrays, grams)
    assert trainer.right(np.array([-3, 1, -1, -2, 1, -1], np.int32)) == 1
