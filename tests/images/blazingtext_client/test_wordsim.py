import json

import numpy as np
import pytest
from blazingtext_client import wordsim
from scipy.stats import spearmanr
from smcontract.errors import UserError

VECTORS = {word: np.array(vector, np.float32) for word, vector in {
    "cat": (1, 0), "dog": (0.9, 0.3), "car": (0, 1), "bus": (0.2, 1), "sky": (-1, 0.5),
}.items()}  # fmt: skip
PAIRS = [("cat", "dog", 9.0), ("car", "bus", 8.0), ("cat", "car", 2.0), ("dog", "bus", 2.0), ("cat", "sky", 1.0)]


def test_rho_is_spearmans_with_ties():
    result = wordsim.evaluate({"x": PAIRS}, VECTORS.get)
    cosines = [
        float(VECTORS[a] @ VECTORS[b] / np.linalg.norm(VECTORS[a]) / np.linalg.norm(VECTORS[b])) for a, b, _ in PAIRS
    ]
    assert result["x"]["spearmans_rho"] == pytest.approx(spearmanr([score for *_, score in PAIRS], cosines).statistic)
    assert result["mean_rho"] == result["x"]["spearmans_rho"]


def test_pairs_with_an_unknown_word_are_counted_and_left_out():
    more = [*PAIRS, ("cat", "unknown", 5.0), ("unheard", "of", 5.0)]
    both = wordsim.evaluate({"few": PAIRS, "more": more}, VECTORS.get)
    assert both["more"] == {"not_found": 2, "spearmans_rho": both["few"]["spearmans_rho"], "total_pairs": 7}


def test_nothing_found_gives_zero_and_the_mean_is_plain():
    result = wordsim.evaluate({"none": [("a", "b", 1.0)], "some": PAIRS}, VECTORS.get)
    assert result["none"] == {"not_found": 1, "spearmans_rho": 0.0, "total_pairs": 1}
    assert result["mean_rho"] == result["some"]["spearmans_rho"] / 2


def test_a_pair_that_comes_twice_counts_once_with_its_last_score():
    assert wordsim.evaluate({"x": [("cat", "dog", 0.0), *PAIRS]}, VECTORS.get)["x"] == {
        "not_found": 0,
        "spearmans_rho": wordsim.evaluate({"x": PAIRS}, VECTORS.get)["mean_rho"],
        "total_pairs": 6,
    }


def test_equal_or_zero_vectors_give_zero():
    same = dict.fromkeys(VECTORS, np.zeros(2, np.float32))
    assert wordsim.evaluate({"x": PAIRS}, same.get)["mean_rho"] == 0.0


@pytest.mark.parametrize("text", ["Tiger\tcat\t7.35\n", "Tiger,cat,7.35", "Word 1,Word 2,Mean\n\ntiger,cat,7.35\n",
                                  "# a comment\ntiger cat 7.35\r\n"])  # fmt: skip
def test_forms_of_pairs(text):
    assert wordsim.parse(text, "x") == [("tiger", "cat", 7.35)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "x contains no word pairs"),
        ("a\tb\t1\na\tb\n", "x line 2 is not two words and a number"),
        ("a\tb\tnan\n", "x line 1 is not"),
        ("a\tb\t1\na\tb\tc\td\n", "x line 2"),
    ],
)
def test_bad_pairs_are_refused(text, sentence):
    with pytest.raises(UserError, match=sentence):
        wordsim.parse(text, "x")


def test_the_shipped_set_is_wordsim353():
    (pairs,) = wordsim.shipped().values()
    assert len(pairs) == 353
    assert ("tiger", "cat", 7.35) in pairs
    assert json.dumps(list(wordsim.shipped())) == '["EN-WS-353-ALL.txt"]'
