import math
from itertools import pairwise

import numpy as np
import pytest
from headline_mxnet.features import hashed_pairs, inputs

IDS = np.array([[5, 6, 7, 0], [5, 0, 6, 7], [9, 0, 0, 0], [0, 0, 0, 0]], np.int32)
CNN = {"architecture": "cnn", "filter_widths": (1, 3), "pair_buckets": 100}


def test_a_pair_is_of_two_neighbouring_words():
    pairs = hashed_pairs(IDS, 2**20)
    assert pairs.dtype == np.int32
    assert pairs.shape == (4, 3)
    assert (pairs > 0).tolist() == [[True, True, False], [False, False, True], [False] * 3, [False] * 3]
    assert pairs[0, 1] == pairs[1, 2]
    assert pairs[0, 0] != pairs[0, 1]


def test_the_order_of_the_two_words_counts():
    assert len(np.unique(hashed_pairs(np.array([[1, 2], [2, 1], [1, 1], [2, 2]], np.int32), 2**20))) == 4


def test_pairs_are_numbered_as_they_were_when_models_were_trained():
    """These numbers choose rows of saved embeddings: with others every saved model would be wrong."""
    ids = np.array([[1, 2, 3, 2**24 - 1, 2**31 - 1]], np.int32)
    expected = [splitmix(*pair) % 2**20 + 1 for pair in pairwise(ids[0])]
    assert hashed_pairs(ids, 2**20).tolist() == [expected]
    assert hashed_pairs(np.array([[5, 6, 5]], np.int32), 1000).tolist() == [[124, 491]]


def splitmix(first, second):
    """The finaliser in Python's integers, which know no overflow."""
    mixed = ((int(first) << 32) + int(second) + 0x9E3779B97F4A7C15) % 2**64
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB % 2**64
    return mixed ^ (mixed >> 31)


@pytest.mark.parametrize("buckets", [1, 7, 64, 1000])
def test_pairs_are_spread_evenly(buckets):
    words = np.arange(2, 302, dtype=np.int32)
    ids = np.stack(np.meshgrid(words, words), axis=-1).reshape(-1, 2)
    counts = np.bincount(hashed_pairs(ids, buckets)[:, 0], minlength=buckets + 1)
    assert counts[0] == 0
    assert len(counts) == buckets + 1
    expected = len(ids) / buckets
    spread = ((counts[1:] - expected) ** 2 / expected).sum()  # chi-squared: `buckets - 1` expected
    assert spread < buckets + 5 * math.sqrt(2 * buckets)


def test_the_cnn_gets_padding_for_its_widest_filter_and_weighted_pairs():
    padded, pairs, weights = inputs(IDS, CNN)
    assert padded.dtype == np.int32
    assert padded.tolist() == np.hstack([IDS, np.zeros((4, 3))]).tolist()
    assert pairs.shape == (4, 4)
    assert pairs[:, :3].tolist() == hashed_pairs(IDS, 100).tolist()
    assert not pairs[:, 3].any()
    assert weights.dtype == np.float32
    half = pytest.approx(1 / math.sqrt(2))
    assert weights.tolist() == [[[half, half, 0, 0]], [[0, 0, 1, 0]], [[0, 0, 0, 0]], [[0, 0, 0, 0]]]


def test_a_single_column_makes_no_pair():
    padded, pairs, weights = inputs(np.array([[4], [0]], np.int32), CNN)
    assert padded.tolist() == [[4, 0, 0, 0], [0, 0, 0, 0]]
    assert pairs.tolist() == [[0], [0]]
    assert weights.tolist() == [[[0]], [[0]]]


def test_without_buckets_there_are_no_pairs():
    (padded,) = inputs(IDS, CNN | {"pair_buckets": 0})
    assert padded.shape == (4, 7)


def test_the_workshop_gets_the_ids_as_they_are():
    (ids,) = inputs(IDS, {"architecture": "workshop", "pair_buckets": None, "filter_widths": None})
    assert np.array_equal(ids, IDS)
