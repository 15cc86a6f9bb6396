"""The hostile benchmark in small, against the built images; and that it sees what it looks for."""

import subprocess
import sys

import pytest

from bench.hostile import channels, jobs, wire
from bench.hostile.cases import Ended, rng_of

SMALL = ("--requests", "240", "--channels", "8", "--artefacts", "12", "--kills", "1", "--seed", "7")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "output").mkdir()
    (tmp_path / "log").write_text("reading the channel\n")
    return tmp_path


def ended(folder, **how):
    return Ended(
        "000001", folder, **{"code": 1, "seconds": 0.1, "hung": False, "answered": False, "status": None} | how
    )


@pytest.mark.container
@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_images_and_the_emulator_bear_it():
    done = subprocess.run([sys.executable, "-m", "bench.hostile", *SMALL], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" 0 faults") == len(jobs.IMAGES) * 3 + 1


def test_a_sentence_and_no_model_is_a_good_end(folder):
    (folder / "output" / "failure").write_text("the channel is empty: add a file")
    assert [*ended(folder).faults(), *channels.judge(ended(folder))] == []


def test_a_part_of_a_model_is_a_fault(folder):
    (folder / "output" / "failure").write_text("the channel is empty: add a file")
    (folder / "model" / "model.ubj").write_bytes(b"")
    assert list(channels.judge(ended(folder))) == ["failed, and left model.ubj"]
    assert "no whole model" in next(channels.judge(ended(folder, code=0)))


def test_a_traceback_a_signal_and_a_hang_are_faults(folder):
    (folder / "log").write_text("Traceback (most recent call last):\n")
    assert list(ended(folder, code=-11).faults()) == ["ended with -11", "printed a traceback"]
    assert "took 9.0 s" in list(ended(folder, seconds=9.0).faults())
    assert list(channels.judge(ended(folder))) == ["failed without a reason"]


def test_a_seed_makes_the_same_cases_again():
    job = jobs.of("xgboost-sentiment")[0]
    first, again, other = (
        [(channels.damage(job, rng_of(seed, n)), wire.make(job, rng_of(seed, n))) for n in range(20)]
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other
