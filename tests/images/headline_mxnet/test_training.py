import threading
from types import SimpleNamespace

import numpy as np
import pytest
from headline_mxnet import training
from headline_mxnet.averaging import copied
from headline_mxnet.classifier import Classifier
from headline_mxnet.forward import Forward
from headline_mxnet.hyperparameters import TABLE, checked, defaults
from headline_mxnet.numpy1 import mx
from headline_mxnet.padded import Padded
from headline_mxnet.prepared import Data, Prepared
from headline_mxnet.stored import PARAMETERS
from headline_mxnet.training import LAST_RATE, Training, lengths, train
from smcontract.errors import UserError
from smcontract.training.checkpoints import Checkpoints
from smcontract.training.metrics import MetricLog

TINY = {
    "input": "arrays", "architecture": "cnn", "epochs": "4",
    "batch_size": "16", "embedding_dim": "8", "filters": "8", "pair_buckets": "32",
    "pair_dim": "4", "learning_rate": "0.02", "dropout": "0", "dropout_embedding": "0",
}  # fmt: skip
WORKSHOP = {"input": "arrays", "architecture": "workshop", "epochs": "2", "batch_size": "16"}
LENGTH, N_IDS = 9, 40
VECTORS = np.random.default_rng(5).normal(size=(N_IDS, 8)).astype(np.float32)


def settings(raw=TINY, **more):
    raw = raw | {name: str(value) for name, value in more.items()}
    return checked(TABLE.parse(raw, defaults(TABLE.parse(raw))))


def records(n, seed, noise=0.0):
    """Rows of 1 to 9 words; the label is whether there is a word of the first half, for all but a part of them."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, n)
    ids = np.where(labels[:, None], random.integers(2, 21, (n, LENGTH)), random.integers(21, N_IDS, (n, LENGTH)))
    ids[np.arange(LENGTH) >= random.integers(1, LENGTH + 1, n)[:, None]] = 0
    labels = np.where(random.random(n) < noise, 1 - labels, labels)
    ids = ids.astype(np.int32)
    return Data(ids, labels.astype(np.int32), ids)


def prepared(vectors=None, n=160, **more):
    data = {"train": records(n, 1)} | more
    return Prepared(Padded(N_IDS, LENGTH), data, ("0", "1"), vectors, [])


def run(data, values, stop=None):
    metrics = MetricLog()
    alone = Classifier(data.encoder.n_ids, None)
    return train(data, values, stop or threading.Event(), metrics, alone, Checkpoints(None, {})), metrics


def weights(network, folder):
    """Its parameters by the order in which they stand in the file."""
    folder.mkdir()
    network.save(folder)
    return [array.asnumpy() for array in mx.nd.load(str(folder / PARAMETERS)).values()]


def accuracy(network, data):
    return float(np.mean(np.argmax(network.probabilities(data.ids), axis=1) == data.labels))


def test_a_network_learns_and_reports(capsys):
    validation = records(80, 2)
    network, metrics = run(prepared(validation=validation), settings())
    names = ["train:loss", "validation:loss", "validation:accuracy", "validation:macro_f1"]
    for epoch, entry in enumerate(metrics.history[:4], start=1):
        assert list(entry) == ["epoch", *names]
        assert entry["epoch"] == epoch
    losses = [entry["train:loss"] for entry in metrics.history[:4]]
    assert losses[-1] < losses[0]
    assert accuracy(network, validation) > 0.95
    assert capsys.readouterr().out.startswith("epoch=1; train:loss=")
    right = network.probabilities(validation.ids)[np.arange(80), validation.labels]
    assert metrics.latest["validation:loss"] == pytest.approx(-np.log(right.astype(np.float64)).mean(), abs=1e-5)


def test_without_validation_data_the_last_epoch_is_kept():
    network, metrics = run(prepared(), settings())
    assert [list(entry) for entry in metrics.history] == [["epoch", "train:loss"]] * 4
    assert accuracy(network, records(80, 2)) > 0.95


@pytest.mark.parametrize("raw", [TINY, WORKSHOP])
@pytest.mark.parametrize("vectors", [None, VECTORS])
def test_the_same_seed_gives_the_same_network(raw, vectors):
    first, second, other = (run(prepared(vectors), settings(raw, seed=seed))[0] for seed in (3, 3, 4))
    ids = records(80, 2).ids
    assert np.abs(first.probabilities(ids) - second.probabilities(ids)).max() <= 1e-5
    assert np.abs(first.probabilities(ids) - other.probabilities(ids)).max() > 1e-3


@pytest.mark.parametrize(
    ("values", "frozen"),
    [(settings(), False), (settings(freeze_embeddings="true"), True), (settings(WORKSHOP), True)],
)  # fmt: skip
def test_frozen_vectors_stay_as_they_are_given(values, frozen, tmp_path):
    network, _ = run(prepared(VECTORS), values)
    embedding, *_ = weights(network, tmp_path / "model")
    assert np.array_equal(embedding[:, : VECTORS.shape[1]], VECTORS) is frozen


def test_words_that_are_not_in_the_train_data_keep_their_vectors(tmp_path):
    data = prepared(VECTORS)
    data.data["train"].ids[data.data["train"].ids == 7] = 8
    network, _ = run(data, settings())
    embedding, *_ = weights(network, tmp_path / "model")
    assert np.array_equal(embedding[7, : VECTORS.shape[1]], VECTORS[7])
    assert not np.array_equal(embedding[8, : VECTORS.shape[1]], VECTORS[8])


def test_the_best_epoch_is_kept_and_reported_again():
    """Labels that contradict what is learnt: with more epochs the accuracy falls."""
    data = records(40, 6)
    validation = data._replace(labels=1 - data.labels)
    network, metrics = run(prepared(validation=validation), settings(epochs="6"))
    *epochs, last = metrics.history
    accuracies = [entry["validation:accuracy"] for entry in epochs]
    assert len(epochs) == 6
    assert max(accuracies) > accuracies[-1]
    assert last == epochs[int(np.argmax(accuracies))]
    assert accuracy(network, validation) == pytest.approx(max(accuracies))
    assert metrics.latest == {name: value for name, value in last.items() if name != "epoch"}


@pytest.mark.parametrize("is_mean", [True, False])
def test_the_mean_of_the_epochs_weights_is_kept_or_the_last(is_mean, tmp_path):
    values = settings(epochs="3", weight_averaging=str(is_mean).lower())
    by_hand = Training(prepared(), values, threading.Event())
    after = []
    for _ in range(3):
        by_hand.epoch()
        after.append([weight.asnumpy() for weight in copied(by_hand.block).values()])
    means = [np.mean(each, axis=0) for each in zip(*after, strict=True)]
    assert max(np.abs(mean - last).max() for mean, last in zip(means, after[-1], strict=True)) > 0.01
    network, _ = run(prepared(), values)
    for found, expected in zip(weights(network, tmp_path / "model"), means if is_mean else after[-1], strict=True):
        assert found == pytest.approx(expected, abs=1e-5)


def test_scores_are_those_of_the_mean_and_training_goes_on_from_the_last_weights():
    validation = records(300, 2)
    rows = prepared(validation=validation), prepared()
    (network, scored), (same, _) = (run(data, settings(epochs="3", learning_rate="0.003")) for data in rows)
    assert scored.history[2]["validation:accuracy"] > scored.history[1]["validation:accuracy"]  # so the third is kept
    assert accuracy(network, validation) == pytest.approx(scored.latest["validation:accuracy"])
    assert np.abs(network.probabilities(validation.ids) - same.probabilities(validation.ids)).max() <= 1e-5


def test_the_last_epoch_is_kept_when_it_is_the_best():
    validation = records(300, 2)
    network, metrics = run(prepared(validation=validation), settings(epochs="2", learning_rate="0.003"))
    first, second = metrics.history
    assert second["validation:accuracy"] > first["validation:accuracy"]
    assert accuracy(network, validation) == pytest.approx(second["validation:accuracy"])


def test_training_ends_early_when_nothing_improves():
    data = records(40, 6)
    values = settings(epochs="50", early_stopping_patience="2")
    _, metrics = run(prepared(validation=data._replace(labels=1 - data.labels)), values)
    *epochs, last = metrics.history
    assert 3 <= len(epochs) < 50
    assert last["epoch"] == len(epochs) - 2


class StopAfter(threading.Event):
    """Is set once it has been asked so many times: once before each step, and once after each epoch."""

    def __init__(self, times):
        super().__init__()
        self.left = times

    def is_set(self):
        if self.left == 0:
            self.set()
        self.left -= 1
        return super().is_set()


@pytest.mark.parametrize("raw", [TINY, WORKSHOP])
@pytest.mark.parametrize("steps", [0, 3, 15])
@pytest.mark.parametrize("data", [{}, {"validation": records(20, 2)}])
def test_a_stop_cuts_the_epoch_short_and_leaves_a_network(raw, steps, data, tmp_path, caplog):
    values = settings(raw, epochs="1000")
    network, metrics = run(prepared(VECTORS, **data), values, StopAfter(steps))
    epoch = 1 + steps // 11
    assert f"stopped during epoch {epoch} of 1000" in caplog.text
    assert len(metrics.history) in (epoch, epoch + 1)
    assert ("train:loss" in metrics.latest) is (steps > 0)
    assert None not in metrics.latest.values()
    assert ("validation:accuracy" in metrics.latest) is bool(data)
    expected = network.probabilities(records(20, 3).ids)
    assert weights(network, tmp_path / "model")
    loaded = Forward.load(tmp_path / "model", values)
    assert np.abs(loaded.probabilities(records(20, 3).ids) - expected).max() <= 1e-6


@pytest.mark.parametrize(
    ("more", "vectors"),
    [
        ({"learning_rate": "1e30"}, None),
        ({"learning_rate": "1e38", "epochs": "1", "batch_size": "100"}, None),  # two steps, of which one is looked at
        ({}, VECTORS * np.float32(1e38)),
        ({"freeze_embeddings": "true"}, VECTORS * np.float32(1e38)),
    ],
)  # fmt: skip
def test_numbers_that_grow_beyond_all_bounds_are_refused(more, vectors):
    with pytest.raises(UserError) as error:
        run(prepared(vectors, validation=records(20, 2)), settings(**more))
    rate = float(more.get("learning_rate", 0.02))
    assert str(error.value).startswith(("the loss became ", "the sum of a layer's weights became "))
    assert f"lower learning_rate, which is {rate:g}, and look for huge numbers in the embeddings" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("dimension", [8, 16, 100])
@pytest.mark.parametrize("filters", [4, 8, 16])
def test_any_size_can_be_trained(dimension, filters):
    """oneDNN keeps numbers in blocks where both are multiples of 8 or 16, which not all of MXNet can read."""
    _, metrics = run(prepared(n=20), settings(embedding_dim=dimension, filters=filters, epochs="1"))
    assert metrics.latest["train:loss"] > 0


@pytest.mark.parametrize("batch_size", [1, 7, 16, 1000])
def test_every_record_is_seen_once_an_epoch(batch_size):
    network = Training(prepared(n=50), settings(batch_size=batch_size), threading.Event())
    batches = list(network._batches())
    assert sorted(np.concatenate(batches).tolist()) == list(range(50))
    assert max(map(len, batches)) == min(batch_size, 50)
    assert [batch.tolist() for batch in batches] != [batch.tolist() for batch in network._batches()]


def test_records_of_like_length_come_together(monkeypatch):
    monkeypatch.setattr(training, "CHUNK", 10)
    data = prepared(n=160)
    found = lengths(data.data["train"].ids)
    batches = list(Training(data, settings(), threading.Event())._batches())
    assert max(np.ptp(found[batch]) for batch in batches) <= 3
    firsts = [found[batch].min() for batch in batches]
    assert firsts != sorted(firsts)


@pytest.mark.parametrize(("raw", "last"), [(TINY, 0.02 * LAST_RATE), (WORKSHOP, 0.001)])
def test_the_learning_rate_falls_except_the_workshops(raw, last):
    ours = Training(prepared(), settings(raw, epochs="2"), threading.Event())
    rates = [ours._rate()]
    for _ in range(2):
        ours.epoch()
        rates.append(ours._rate())
    assert rates == pytest.approx([rates[0], (rates[0] if raw is WORKSHOP else 0.01), last])


@pytest.mark.parametrize(
    ("ids", "expected"),
    [([[0, 0, 0]], [1]), ([[1, 2, 3]], [3]), ([[0, 0, 3], [1, 0, 0], [1, 0, 2]], [3, 1, 3]), ([[0], [4]], [1, 1])],
)
def test_a_rows_length_counts_padding_between_words(ids, expected):
    assert lengths(np.array(ids, np.int32)).tolist() == expected


def test_rows_of_a_single_word_can_be_trained_on():
    ids = np.tile([[2], [3]], (20, 1)).astype(np.int32)
    data = Prepared(Padded(4, 1), {"train": Data(ids, np.tile([0, 1], 20).astype(np.int32), ids)}, ("0", "1"), None, [])
    network, _ = run(data, settings(epochs="20"))
    assert accuracy(network, SimpleNamespace(ids=ids[:2], labels=[0, 1])) == 1
