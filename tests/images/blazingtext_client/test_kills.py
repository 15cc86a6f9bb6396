"""Trainings that are killed at any moment: a whole model or none is left, and the next training is not disturbed."""

import random
import shutil
import subprocess
import time
from contextlib import suppress

import pytest
from blazingtext_client import model

WORDS = [f"word{number}" for number in range(3_000)]
VECTORS = {"mode": "batch_skipgram", "epochs": "3", "evaluation": "False"}
CLASSES = {"mode": "supervised", "epochs": "5", "early_stopping": "True", "min_epochs": "1", "buckets": "100000"}
MOMENTS = 10


@pytest.mark.parametrize(
    ("settings", "files"),
    [(VECTORS, ["manifest.json", "vectors.bin", "vectors.txt"]), (CLASSES, ["manifest.json", "model.bin"])],
)
def test_a_kill_at_any_moment_leaves_no_partial_model(job, settings, files):
    chance = random.Random(17)
    lines = [f"__label__{n % 5} {' '.join(chance.choices(WORDS, k=20))}\n" for n in range(10_000)]
    job.put("train", "".join(lines))
    job.put("validation", "".join(lines[:1_000]))
    began = time.monotonic()
    assert job.run(**settings)[0] == 0
    whole = time.monotonic() - began
    for _ in range(MOMENTS):
        shutil.rmtree(job.paths.model)
        job.paths.model.mkdir()
        with job.start(**settings) as process:
            with suppress(subprocess.TimeoutExpired):  # or it was faster than the first
                process.wait(chance.uniform(0, whole))
            process.kill()
        # What is not whole is hidden, or without the manifest that arrives last.
        there = [name for name in job.files() if not name.startswith(".")]
        assert there == files or "manifest.json" not in there
        if there == files:
            served = model.load(job.paths.model)
            assert any(served.predict([served.records.from_json("word1")])[0].values())
    assert job.run(**settings)[0] == 0
    assert job.files() == files
    assert job.leftovers() == []
