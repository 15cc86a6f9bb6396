import numpy as np
from smcontract.training.described import PERCENTS, Texts


def test_a_channel_is_described_by_counts():
    train = Texts.of(["a b c", "a b c", "d", "e f"])
    test = Texts.of(["d", "a b c", "new text here"])
    assert train.describe(["x", "y", "z"], [0, 0, 1, 1], None) == {
        "records": 4,
        "labels": {"x": 2, "y": 2, "z": 0},
        "words": [[percent, np.percentile([3, 3, 1, 2], percent)] for percent in PERCENTS],
        "repeated": 1,
    }
    assert test.describe(["x"], [0, 0, 0], set(train.hashes))["shared_with_train"] == 2


def test_no_texts_are_described_too():
    assert Texts().describe(["x"], [], None)["words"] == []
