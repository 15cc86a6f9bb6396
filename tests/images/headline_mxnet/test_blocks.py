import numpy as np
import pytest
from headline_mxnet.blocks import build
from headline_mxnet.hyperparameters import TABLE, checked, defaults
from headline_mxnet.network import arrays
from headline_mxnet.numpy1 import mx
from smcontract.errors import UserError

VECTORS = np.random.default_rng(1).normal(size=(30, 6)).astype(np.float32)


def settings(**given):
    raw = {name: str(value) for name, value in given.items()}
    return checked(TABLE.parse(raw, defaults(TABLE.parse(raw))))


def shapes(block, values, max_length):
    """The parameters' shapes in the order of the layers, once rows of that length have passed."""
    assert block(*arrays(np.zeros((2, max_length), np.int32), values)).shape == (2, 4)
    return [parameter.shape for parameter in block.collect_params().values()]


def test_the_workshops_network_is_the_workshops():
    values = settings(architecture="workshop")
    block = build(values, (30, 40), 4, VECTORS)
    pooled = (40 - 3 + 1) // 5
    assert shapes(block, values, 40) == [
        (30, 6),  # the words' vectors
        (128, 6, 1, 3), (128,),  # filters over three words
        (128, 128 * pooled), (128,),  # hidden layer
        (4, 128), (4,),  # classes
    ]  # fmt: skip
    frozen = [parameter.grad_req == "null" for parameter in block.collect_params().values()]
    assert frozen == [True] + [False] * 6
    kinds = [type(layer).__name__ for layer in block.layers]
    assert kinds == ["Conv2D", "MaxPool2D", "Dropout", "Flatten", "Dense", "Dense"]


def test_the_workshops_network_computes_what_its_layers_say():
    """The same numbers by NumPy alone."""
    values = settings(architecture="workshop")
    block = build(values, (30, 14), 4, VECTORS)
    ids = np.random.default_rng(2).integers(0, 30, (3, 14)).astype(np.int32)
    scores = block(mx.nd.array(ids, dtype="int32")).asnumpy()
    words, filters, bias, hidden, hidden_bias, classes, classes_bias = (
        parameter.data().asnumpy() for parameter in block.collect_params().values()
    )
    windows = np.stack([words[ids[:, start : start + 3]] for start in range(12)], axis=1)  # record, place, word, number
    convolved = np.maximum(np.einsum("npwd,fdw->nfp", windows, filters[:, :, 0]) + bias[:, None], 0)
    pooled = np.stack([convolved[:, :, :5].max(axis=2), convolved[:, :, 5:10].max(axis=2)], axis=2)
    expected = np.maximum(pooled.reshape(3, -1) @ hidden.T + hidden_bias, 0) @ classes.T + classes_bias
    assert scores == pytest.approx(expected, abs=1e-5)


def test_the_workshops_network_drops_a_third_or_so_in_training_alone():
    values = settings(architecture="workshop")
    block = build(values, (30, 14), 4, VECTORS)
    ids = mx.nd.array(np.full((1, 14), 3), dtype="int32")
    assert block.layers[2]._rate == 0.3
    assert np.array_equal(block(ids).asnumpy(), block(ids).asnumpy())
    with mx.autograd.train_mode():
        assert not np.array_equal(block(ids).asnumpy(), block(ids).asnumpy())


@pytest.mark.parametrize("length", [1, 6])
def test_rows_too_short_for_the_workshops_pooling_are_refused(length):
    sentence = f"max_length is {length}: the workshop's network takes rows of at least 7"
    with pytest.raises(UserError) as error:
        build(settings(architecture="workshop"), (30, length), 4, VECTORS)
    assert str(error.value) == sentence


def test_the_workshops_network_takes_the_shortest_rows():
    values = settings(architecture="workshop")
    assert shapes(build(values, (30, 7), 4, VECTORS), values, 7)[3] == (128, 128)


def test_the_cnn_has_filters_of_each_width_and_pairs():
    values = settings(filter_widths="1,4", filters=5, pair_buckets=50, pair_dim=3)
    assert shapes(build(values, (30, 9), 4, VECTORS), values, 9) == [
        (30, 16), (5, 16, 1, 1), (5,), (5, 16, 1, 4), (5,), (51, 3), (4, 13), (4,)
    ]  # fmt: skip


def test_the_cnn_without_pairs():
    values = settings(filter_widths="2", filters=5, pair_buckets=0)
    assert shapes(build(values, (30, 9), 4, VECTORS), values, 9) == [(30, 16), (5, 16, 1, 2), (5,), (4, 5), (4,)]


@pytest.mark.parametrize("given", [{"architecture": "workshop"}, {"pair_buckets": 8}, {"freeze_embeddings": "true"}])
def test_the_vectors_are_what_the_embedding_starts_from(given):
    block = build(settings(**given), (30, 9), 4, VECTORS)
    columns = VECTORS.shape[1]
    weights = block.embedding.weight.data().asnumpy()
    assert np.array_equal(weights[:, :columns], VECTORS)
    assert not weights[:, columns:].any()


@pytest.mark.parametrize(("given", "dimension"), [({}, 112), ({"embedding_dim": 12}, 16), ({"embedding_dim": 32}, 32)])
def test_without_vectors_the_start_is_random(given, dimension):
    values = settings(pair_buckets=8, **given)
    weights = build(values, (30, 9), 4, None).embedding.weight.data().asnumpy()
    assert weights.shape == (30, dimension)
    assert 0.2 < np.abs(weights).max() <= 0.25
    assert np.array_equal(weights, build(values, (30, 9), 4, None).embedding.weight.data().asnumpy())
    other = build(values | {"seed": 1}, (30, 9), 4, None).embedding.weight.data().asnumpy()
    assert not np.array_equal(weights, other)


@pytest.mark.parametrize(("text", "grad_req"), [("true", "null"), ("false", "write")])
def test_the_cnns_embedding_can_be_frozen(text, grad_req):
    block = build(settings(freeze_embeddings=text, pair_buckets=8), (30, 9), 4, VECTORS)
    assert block.embedding.weight.grad_req == grad_req
    assert block.pairs.weight.grad_req == "write"
