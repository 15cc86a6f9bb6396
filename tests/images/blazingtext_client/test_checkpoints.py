"""Word vectors resume where they were interrupted: one thread to the same bits, several to the same words trained."""

import json
import logging
import random
import threading
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from blazingtext_client import corpus, engine, threads
from blazingtext_client.gate import Gate
from blazingtext_client.hyperparameters import TABLE, checked, defaults
from smcontract.training.checkpoints import Checkpoints

from tests.images.blazingtext_client.interrupted import Gone, Leaving, stop_at

GIVEN = {"mode": "batch_skipgram", "min_count": "1", "vector_dim": "8", "epochs": "3"}
WORDS = [f"word{number}" for number in range(50)]


@pytest.fixture
def text():
    chance = random.Random(3)
    return "".join(" ".join(chance.choices(WORDS, k=20)) + "\n" for _ in range(3_000))


@pytest.fixture
def train(job, tmp_path, text):
    """`train(parts, checkpoints, stop)`: a model, and how far it came."""
    channel = job.put("train", text)

    def run(parts, checkpoints, stop=None, **more):
        given = GIVEN | more
        settings = checked(TABLE.parse(given, defaults(TABLE.parse(given))))
        (tmp_path / "scratch").mkdir(exist_ok=True)
        read = corpus.read(channel, tmp_path / "scratch", parts, threading.Event())
        model = engine.make(settings, read, engine.vocabulary(read, 1))
        return model, engine.train(model, read, settings, stop or threading.Event(), checkpoints)

    return run


@pytest.mark.parametrize("parts", [1, 3])
def test_an_interrupted_training_resumes(train, tmp_path, parts, monkeypatch):
    monkeypatch.setattr(threads, "_POLL", 0.001)  # a checkpoint after nearly every chunk
    whole, _ = train(parts, Checkpoints(None, {}))
    steps = [0]
    for left in (1, 3, 2):
        leaving = Leaving(tmp_path / "checkpoints", {})
        leaving.left = left
        with suppress(Gone):
            train(parts, leaving)
        steps.append(Checkpoints(tmp_path / "checkpoints", {}).newest().step)
    assert steps == sorted(steps)
    resumed, progress = train(parts, Checkpoints(tmp_path / "checkpoints", {}))
    assert progress.resumed == steps[-1] > 0
    assert progress.trained == 3 * 60_000
    assert progress.epochs == 3
    if parts == 1:
        assert np.array_equal(resumed.input, whole.input)
        assert np.array_equal(resumed.output, whole.output)
    again, progress = train(parts, Checkpoints(tmp_path / "checkpoints", {}))
    assert progress.resumed == progress.trained == 3 * 60_000  # finished at once
    assert np.array_equal(again.input, resumed.input)


@pytest.mark.parametrize("parts", [1, 3])
def test_asked_to_stop_it_leaves_a_checkpoint(train, tmp_path, parts, monkeypatch):
    steps = [0]
    for piece in (1, 30):
        with monkeypatch.context() as patch:
            stop = stop_at(piece, patch)
            _, progress = train(parts, Checkpoints(tmp_path / "checkpoints", {}, seconds=3600), stop, epochs="5000")
        assert progress.resumed == steps[-1]
        steps.append(Checkpoints(tmp_path / "checkpoints", {}).newest().step)
        assert steps[-2] < steps[-1] <= progress.trained < 5000 * 60_000


def test_a_job_resumes(job, text, caplog):
    caplog.set_level(logging.INFO)
    job.put("train", text)
    job.configure("checkpointconfig", {})
    context = job.context(**GIVEN)
    often = replace(context, job=replace(context.job, checkpoint_seconds=0))
    job.algorithm(often)
    job.train(**GIVEN)
    assert "resuming from checkpoint-" in caplog.text
    assert json.loads((job.paths.model / "manifest.json").read_text())["image"] == "blazingtext-client"
    job.train(**GIVEN | {"epochs": "1"})
    assert "are of other settings: they are left alone" in caplog.text


def test_a_gate_that_somebody_does_not_reach():
    gate = Gate(2)
    gate.leave()
    with gate.closed(0.01) as is_still:
        assert not is_still
    gate.leave()
    with gate.closed(0) as is_still:
        assert is_still
