"""Our t-SNE makes the same sum as small as scikit-learn's does."""

import numpy as np
from sklearn.manifold import TSNE, trustworthiness

from driver.report import tsne


def groups():
    random = np.random.default_rng(0)
    centres = random.normal(size=(4, 20)) * 5
    return np.concatenate([centre + random.normal(size=(25, 20)) for centre in centres])


def test_it_is_as_good_as_scikit_learn_s():
    points = groups()
    theirs = TSNE(perplexity=30, init="pca", method="exact", random_state=0).fit_transform(points)
    ours = tsne.embed(points)
    assert ours.shape == (100, 2)
    assert tsne.divergence(points, ours) < 1.05 * tsne.divergence(points, theirs.astype(float))
    assert trustworthiness(points, ours) > 0.9


def test_the_same_vectors_give_the_same_map():
    points = groups()[:20]
    assert np.array_equal(tsne.embed(points), tsne.embed(points))


def test_few_and_equal_vectors_have_a_place():
    for points in (np.zeros((0, 3)), np.zeros((1, 3)), np.zeros((2, 3)), np.ones((6, 3)), np.eye(4, 1)):
        placed = tsne.embed(points)
        assert placed.shape == (len(points), 2)
        assert np.isfinite(placed).all()
