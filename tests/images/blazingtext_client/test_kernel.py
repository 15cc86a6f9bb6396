"""The C code beside the Python code that it stands in for: the same vectors, the same random numbers."""

import random
from dataclasses import replace

import numpy as np
import pytest
from blazingtext_client import kernel, layout, plain
from blazingtext_client.layout import BATCH_SKIPGRAM, CBOW, SKIPGRAM, Arrays, Method

WORDS = ["a", "an", "café", "電影", "<>", "naïve", "wonderful", "x" * 70, "😀", "in", "Köln", "великий"]


def arrays(n_words, dim=10, buckets=0):
    """Untrained vectors of words, of which the first are the most frequent."""
    counts = np.arange(n_words, 0, -1) ** 2
    offsets, rows = np.arange(n_words + 1), np.arange(n_words)
    if buckets:
        offsets, rows = plain.subwords([f"{WORDS[n % len(WORDS)]}{n}" for n in range(n_words)], 2, 4, buckets)
    generator = np.random.default_rng(3)
    input, output = (layout.zeros(n, dim) for n in (n_words + buckets, n_words))
    for matrix in (input, output):
        matrix[:, :dim] = generator.uniform(-0.5, 0.5, (len(matrix), dim))
    keep, negatives = layout.kept(counts, 0.05), layout.alias(counts)
    return Arrays(input, output, offsets, rows, keep, negatives, np.zeros(1, np.uint8))


def sentences(n_words, n=12, longest=30):
    """Numbers of words, unknown ones among them, in sentences of which some are empty or a single word."""
    chance = random.Random(9)
    ids = []
    for _ in range(n):
        ids += [chance.randrange(-1, n_words) for _ in range(chance.randrange(longest))]
        ids = [-2 if one == -1 else one for one in ids]
        ids = [*ids, None]
    return np.array([-1 if one is None else one for one in ids], np.int32)


def trained(module, start, method, ids, alpha):
    mine = replace(start, input=start.input.copy(), output=start.output.copy())
    return module.Trainer(mine, method).train(ids, alpha, 2**64 - 5), mine


def assert_equal(start, method, ids, alpha=0.05):
    (words, state), ours = trained(kernel, start, method, ids, alpha)
    expected, theirs = trained(plain, start, method, ids, alpha)
    assert (words, state) == expected
    assert words == (ids != -1).sum()
    assert np.allclose(ours.input, theirs.input, atol=1e-4)
    assert np.allclose(ours.output, theirs.output, atol=1e-4)
    return ours


@pytest.mark.parametrize("mode", [BATCH_SKIPGRAM, SKIPGRAM, CBOW])
@pytest.mark.parametrize("dim", [1, 8, 10, 104])
@pytest.mark.parametrize(("window", "negatives", "batch"), [(1, 1, 1), (5, 5, 11), (3, 40, 2), (40, 7, 6), (5, 0, 100)])
def test_it_trains_as_the_python_code_does(mode, dim, window, negatives, batch):
    start = arrays(20, dim)
    ours = assert_equal(start, Method(mode, window, negatives, batch), sentences(20))
    assert not np.allclose(ours.input, start.input)
    assert not ours.input[:, dim:].any()
    assert not ours.output[:, dim:].any()


@pytest.mark.parametrize("mode", [SKIPGRAM, CBOW])
@pytest.mark.parametrize("buckets", [50, 100_000])
def test_subwords_are_trained_as_by_the_python_code(mode, buckets):
    start = arrays(20, buckets=buckets)
    ours = assert_equal(start, Method(mode, 5, 5, 1), sentences(20), alpha=0.002)
    assert not np.allclose(ours.input[20:], start.input[20:])


@pytest.mark.parametrize("mode", [BATCH_SKIPGRAM, SKIPGRAM, CBOW])
@pytest.mark.parametrize("n_words", [1, 2, 3])
def test_of_few_words_most_negative_samples_are_the_target(mode, n_words):
    assert_equal(arrays(n_words), Method(mode, 5, 35, 11), sentences(n_words))


@pytest.mark.parametrize("ids", [[], [-1], [0, -1], [-2, -2, -1], [-1, -1, 1, -1, 0], [0, 1]])
def test_sentences_without_a_pair_change_nothing(ids):
    start = arrays(5)
    ours = assert_equal(start, Method(SKIPGRAM, 5, 5, 1), np.array(ids, np.int32))
    assert np.array_equal(ours.input, start.input) == (ids != [0, 1])


@pytest.mark.parametrize("module", [kernel, plain])
def test_a_stop_is_seen_before_each_word(module):
    start = arrays(20)
    start.stop[0] = 1
    ids = np.concatenate([np.full(1, -2, np.int32), np.full(1, -1, np.int32), sentences(20)])
    (words, _), ours = trained(module, start, Method(CBOW, 5, 5, 1), ids, 0.05)
    assert words < (ids != -1).sum()
    assert np.array_equal(ours.output, start.output)


@pytest.mark.parametrize("value", [np.inf, np.nan, 1e30])
@pytest.mark.parametrize("mode", [BATCH_SKIPGRAM, SKIPGRAM, CBOW])
def test_numbers_that_are_none_do_no_harm(mode, value):
    start = arrays(5)
    start.input[:] = value
    (words, _), _ = trained(kernel, start, Method(mode, 5, 5, 11), sentences(5), 0.05)
    assert words > 0


def test_subwords_are_those_of_the_python_code():
    for minn, maxn, bucket in ((3, 6, 2_000_000), (1, 1, 7), (1, 2**31 - 1, 2**31 - 1), (5, 5, 1), (30, 80, 1000)):
        ours, theirs = (module.subwords(WORDS, minn, maxn, bucket) for module in (kernel, plain))
        assert np.array_equal(ours[0], theirs[0])
        assert np.array_equal(ours[1], theirs[1])


def test_negative_samples_are_drawn_by_their_counts():
    counts = np.array([5_000, 300, 20, 1])
    table, chance = layout.alias(counts), plain.Chance(1)
    drawn = np.bincount([chance.word(table) for _ in range(40_000)], minlength=4)
    expected = counts**0.75 / (counts**0.75).sum()
    assert np.allclose(drawn / 40_000, expected, atol=0.01)


def test_frequent_words_are_left_out():
    counts = np.array([900, 90, 10])
    part = 0.01 / (counts / 1000)
    assert np.allclose(layout.kept(counts, 0.01) / 2**32, np.minimum(1, np.sqrt(part) + part))


@pytest.mark.parametrize(
    "wrong",
    [
        {"input": np.zeros((4, 16), np.float32)},
        {"input": np.zeros((5, 10), np.float32)},
        {"output": np.zeros((6, 16), np.float32)},
        {"offsets": np.arange(5)},
        {"offsets": np.array([0, 1, 2, 3, 4, 6])},
        {"offsets": np.array([0, 1, 1, 3, 4, 5])},
        {"rows": np.array([0, 1, 2, 3, 5])},
        {"rows": np.array([-1, 1, 2, 3, 4])},
        {"keep": np.zeros(0, np.uint32)},
        {"negatives": np.array([(0, 5)] * 5, layout.ALIAS)},
        {"stop": np.zeros(0, np.uint8)},
    ],
)
def test_arrays_that_do_not_fit_are_refused(wrong):
    with pytest.raises(ValueError, match="do not fit together"):
        kernel.Trainer(replace(arrays(5), **wrong), Method(SKIPGRAM, 5, 5, 1))


@pytest.mark.parametrize("method", [Method(3, 5, 5, 1), Method(0, 0, 5, 1), Method(0, 5, -1, 1), Method(0, 5, 5, 0)])
def test_a_method_that_is_none_is_refused(method):
    with pytest.raises(ValueError, match="do not fit together"):
        kernel.Trainer(arrays(5), method)


def test_an_unknown_number_is_refused():
    with pytest.raises(ValueError, match="there is no word 5"):
        kernel.Trainer(arrays(5), Method(SKIPGRAM, 5, 5, 1)).train(np.array([0, 5], np.int32), 0.1, 1)
