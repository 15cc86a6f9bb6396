"""Training of text classes resumes where it was interrupted: one thread to the same bits, several to the same words."""

import random
import threading
from contextlib import suppress

import numpy as np
import pytest
from blazingtext_client import classprogress, examples, parts, supervised, threads
from blazingtext_client.hyperparameters import TABLE, checked, defaults
from smcontract.training.checkpoints import Checkpoints
from smcontract.training.metrics import MetricLog

from tests.images.blazingtext_client.interrupted import Gone, Leaving, stop_at

GIVEN = {
    "mode": "supervised", "min_count": "1", "vector_dim": "8", "buckets": "500", "word_ngrams": "2", "epochs": "9",
    "early_stopping": "True", "min_epochs": "2", "patience": "3", "learning_rate": "0.3",
}  # fmt: skip


@pytest.fixture
def train(job, tmp_path, monkeypatch):
    """`train(n, checkpoints, stop, **more)`: the model of `n` threads, and its metrics."""
    monkeypatch.setattr(parts, "DEAL", 500)
    monkeypatch.setattr(parts, "CHUNK", 100)
    monkeypatch.setattr(parts, "MIXED", 3)  # dozens of pieces an epoch
    chance = random.Random(3)
    labels = [chance.randrange(4) for _ in range(3_000)]
    words = [" ".join([*chance.choices("abcdefgh", k=9), f"word{(n + chance.randrange(3) // 2) % 4}"]) for n in labels]
    lines = [f"__label__{label} {text}\n" for label, text in zip(labels, words, strict=True)]
    channels = [job.put("train", "".join(lines[200:])), job.put("validation", "".join(lines[:200]))]

    def run(n, checkpoints, stop=None, **more):
        given = GIVEN | more
        settings = checked(TABLE.parse(given, defaults(TABLE.parse(given))))
        reader, metrics = examples.Reader(threading.Event()), MetricLog()
        folder = tmp_path / f"read-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        read = [reader.read(channel, folder / channel.name, n) for channel in channels]
        model = supervised.train(reader, *read, settings, stop or threading.Event(), metrics, checkpoints)
        return model, metrics.history

    return run


@pytest.mark.parametrize("n", [1, 3])
def test_checkpoints_that_never_resume(train, tmp_path, n, monkeypatch):
    monkeypatch.setattr(threads, "_POLL", 0.0001)  # a checkpoint after nearly every piece
    whole, history = train(n, Checkpoints(None, {}))
    steps = [0]
    for left in (1, 4, 3):
        leaving = Leaving(tmp_path / "checkpoints", {})
        leaving.left = left
        with suppress(Gone):
            train(n, leaving)
        steps.append(Checkpoints(tmp_path / "checkpoints", {}).newest().step)
    assert steps == sorted(set(steps))
    resumed, found = train(n, Checkpoints(tmp_path / "checkpoints", {}))
    assert resumed.progress.resumed == steps[-1]
    assert resumed.trained == resumed.progress.epoch * 2_800 * 10
    if n == 1:
        assert resumed.trained == whole.trained
        assert found == history
        assert all(np.array_equal(*pair) for pair in zip(resumed.weights, whole.weights, strict=True))
    again, _ = train(n, Checkpoints(tmp_path / "checkpoints", {}))
    assert again.progress.resumed == again.trained == resumed.trained  # finished at once
    assert all(np.array_equal(*pair) for pair in zip(again.weights, resumed.weights, strict=True))


@pytest.mark.parametrize("n", [1, 3])
def test_asked_to_stop_it_leaves_a_checkpoint(train, tmp_path, n, monkeypatch):
    steps = [0]
    for piece in (1, 300):
        with monkeypatch.context() as patch:
            stop, often = stop_at(piece, patch), {"epochs": "100000", "patience": "100000"}
            model, _ = train(n, Checkpoints(tmp_path / "checkpoints", {}, seconds=3600), stop, **often)
        assert model.progress.resumed == steps[-1]
        steps.append(Checkpoints(tmp_path / "checkpoints", {}).newest().step)
        assert steps[-2] < steps[-1] <= model.trained


@pytest.mark.parametrize("n", [1, 3])
def test_stopped_between_two_epochs_it_leaves_a_checkpoint(train, tmp_path, monkeypatch, n):
    whole, history = train(n, Checkpoints(None, {}))
    stop, end_epoch = threading.Event(), classprogress.Progress.end_epoch

    def stopped(self):
        end_epoch(self)
        stop.set()

    with monkeypatch.context() as patch:
        patch.setattr(classprogress.Progress, "end_epoch", stopped)
        train(n, Checkpoints(tmp_path / "checkpoints", {}, seconds=3600), stop)
    assert Checkpoints(tmp_path / "checkpoints", {}).newest().step == 2_800 * 10
    resumed, found = train(n, Checkpoints(tmp_path / "checkpoints", {}))
    assert resumed.progress.resumed == 2_800 * 10
    if n == 1:
        assert found == history
        assert all(np.array_equal(*pair) for pair in zip(resumed.weights, whole.weights, strict=True))


def test_stopped_before_an_epoch_is_judged_it_judges_it_when_it_resumes(train, tmp_path, monkeypatch):
    whole, history = train(1, Checkpoints(None, {}))
    stop, right = threading.Event(), supervised.Training.right

    def stopped(self, judged):
        stop.set()
        return right(self, judged)

    with monkeypatch.context() as patch:
        patch.setattr(supervised.Training, "right", stopped)
        train(1, Checkpoints(tmp_path / "checkpoints", {}, seconds=3600), stop)
    assert Checkpoints(tmp_path / "checkpoints", {}).newest().step == 2 * 2_800 * 10
    resumed, found = train(1, Checkpoints(tmp_path / "checkpoints", {}))
    assert found == history
    assert all(np.array_equal(*pair) for pair in zip(resumed.weights, whole.weights, strict=True))
