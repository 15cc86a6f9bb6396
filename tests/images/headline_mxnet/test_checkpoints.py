"""Training that is interrupted resumes: a network's at the end of an epoch, the wide part's in its midst too."""

from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from headline_mxnet import learners, linear
from headline_mxnet.numpy1 import mx
from headline_mxnet.training import Training
from smcontract.training.checkpoints import Checkpoints

JOBS = {
    "plain": {"architecture": "wide-and-deep"},
    "validated": {
        "architecture": "wide-and-deep",
        "validation_fraction": "0.3",
        "early_stopping_patience": "2",
        "epochs": "6",
    },
    "averaged": {"architecture": "wide-and-deep", "weight_averaging": "true", "validation_fraction": "0.3"},
}


class Gone(BaseException):
    """The host has gone."""


def train(container, given):
    context = container.context(**given)
    mx.random.seed(7)  # of a new process
    container.algorithm(replace(context, job=replace(context.job, checkpoint_seconds=0)))


def steps(container):
    return sorted(int(path.name.split("-")[1]) for path in container.paths.checkpoints.iterdir())


def weights(container):
    """The model's parameters, by their names without the network's, which MXNet numbers."""
    (path,) = container.paths.model.glob("*.params")
    return {name.partition("_")[2]: array.asnumpy() for name, array in mx.nd.load(str(path)).items()}


@pytest.mark.parametrize("name", JOBS)
def test_checkpoints_that_never_resume(news, name, monkeypatch):
    given, epochs = JOBS[name], []
    news.configure("checkpointconfig", {})
    whole_epoch, save = Training.epoch, Checkpoints.save
    monkeypatch.setattr(Training, "epoch", lambda self: (epochs.append(self.step), whole_epoch(self))[1])
    train(news, given)
    whole, total = weights(news), len(epochs)
    assert steps(news)[-1] == total
    for path in news.paths.checkpoints.iterdir():
        path.unlink()

    def gone(self, *state):
        save(self, *state)
        raise Gone

    done = 0
    while done < total:
        monkeypatch.setattr(Checkpoints, "save", gone)
        epochs.clear()
        with suppress(Gone):
            train(news, given)
        assert len(epochs) == 1
        done += 1
        assert steps(news)[-1] == done
    monkeypatch.setattr(Checkpoints, "save", save)
    epochs.clear()
    train(news, given)
    assert epochs == []  # finished at once
    found = weights(news)
    assert found.keys() == whole.keys() != set()
    for layer, values in whole.items():
        np.testing.assert_allclose(found[layer], values, rtol=0, atol=1e-6, err_msg=layer)


def test_asked_to_stop_it_saves_the_last_whole_epoch(news):
    news.configure("checkpointconfig", {})
    context = news.context(epochs="50", architecture="wide-and-deep")
    taken, count = Training.epoch, []

    def epoch(self):
        count.append(1)
        if len(count) == 3:
            context.stop.set()
        return taken(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Training, "epoch", epoch)
        news.algorithm(context)
    assert steps(news)[-1] == 2
    assert "manifest.json" in news.files()


WIDE = {"architecture": "wide", "wide_epochs": "4", "validation_fraction": "0.3"}


def wide_files(container):
    """The model's files but for the manifest, which has the time."""
    return {name: (container.paths.model / name).read_bytes() for name in container.files() if name != "manifest.json"}


@pytest.mark.parametrize("more", [{}, {"architecture": "wide-and-deep", "hidden_units": "4"}], ids=["linear", "hidden"])
def test_checkpoints_that_never_resume_of_the_wide_part(news, monkeypatch, more):
    given = WIDE | more
    trained, train_chunk, save = [], linear.train, Checkpoints.save
    news.small_ones = lambda _: {}
    monkeypatch.setattr(learners, "CHUNK", 4)
    monkeypatch.setattr(linear, "train", lambda *given: (trained.append(len(given[4])), train_chunk(*given))[1])
    news.configure("checkpointconfig", {})
    train(news, given)
    whole, total = wide_files(news), sum(trained)
    assert steps(news) == [2, 3, 4]
    for path in news.paths.checkpoints.iterdir():
        path.unlink()

    def gone(self, *state):
        save(self, *state)
        raise Gone

    for done in range(1, 4):
        trained.clear()
        with monkeypatch.context() as patch, suppress(Gone):
            patch.setattr(Checkpoints, "save", gone)
            train(news, given)
        assert (sum(trained), steps(news)[-1]) == (total // 4, done)
    trained.clear()
    context = news.context(**given)  # asked to stop in the midst of the last epoch
    with monkeypatch.context() as patch:
        patch.setattr(linear, "train", lambda *given: (context.stop.set(), train_chunk(*given))[1])
        news.algorithm(context)
    assert "manifest.json" in news.files()
    cut = news.files()
    train(news, given)
    assert 0 < sum(trained) < total // 4
    assert wide_files(news) == whole
    assert news.files() == cut
    trained.clear()
    train(news, given)
    assert trained == []  # finished at once
    assert wide_files(news) == whole
