"""Trainings that are killed at any moment: a whole model or none is left, and the next training is not disturbed."""

import random
import shutil
import subprocess
import time
from contextlib import suppress

from blazingtext_client import model

WORDS = [f"word{number}" for number in range(3_000)]
FILES = ["manifest.json", "vectors.bin", "vectors.txt"]
SETTINGS = {"mode": "batch_skipgram", "epochs": "3", "evaluation": "False"}
MOMENTS = 10


def test_a_kill_at_any_moment_leaves_no_partial_model(job):
    chance = random.Random(17)
    job.put("train", "".join(" ".join(chance.choices(WORDS, k=20)) + "\n" for _ in range(10_000)))
    began = time.monotonic()
    assert job.run(**SETTINGS)[0] == 0
    whole = time.monotonic() - began
    for _ in range(MOMENTS):
        shutil.rmtree(job.paths.model)
        job.paths.model.mkdir()
        with job.start(**SETTINGS) as process:
            with suppress(subprocess.TimeoutExpired):  # or it was faster than the first
                process.wait(chance.uniform(0, whole))
            process.kill()
        # What is not whole is hidden, or without the manifest that arrives last.
        there = [name for name in job.files() if not name.startswith(".")]
        assert there == FILES or "manifest.json" not in there
        if there == FILES:
            assert any(model.load(job.paths.model).predict(["word1"])[0]["vector"])
    assert job.run(**SETTINGS)[0] == 0
    assert job.files() == FILES
    assert job.leftovers() == []
