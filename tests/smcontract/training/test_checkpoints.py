import errno
import time

import numpy as np
import pytest
from smcontract.errors import UserError
from smcontract.training import checkpoints as module
from smcontract.training.checkpoints import Checkpoints, digest
from smcontract.training.job import Job

from tests.opt_ml import OptMl
from tests.several_hosts import in_threads

SETTINGS = {"eta": 0.5, "labels": ["neg", "pos"], "report_examples": True}


def save(checkpoints, *steps):
    for step in steps:
        checkpoints.save(step, {"step": step}, {"weights": np.full(3, step, np.float32)})


def names(folder):
    return sorted(path.name.split("-")[1] for path in folder.iterdir())


@pytest.fixture
def opt_ml(tmp_path):
    opt_ml = OptMl(tmp_path / "ml")
    opt_ml.put("train", "1,good\n0,bad\n")
    opt_ml.configure("checkpointconfig", {})
    return opt_ml


def of(opt_ml, image="xgboost-sentiment", seconds="0", **settings):
    return Checkpoints.of(Job.load(opt_ml.paths, {"CHECKPOINT_SECONDS": seconds}), image, SETTINGS | settings)


def test_steps_are_numbers_not_text(tmp_path):
    """Sorted as text, 99 is newer than 100: aws/sagemaker-xgboost-container#154."""
    checkpoints = Checkpoints(tmp_path / "checkpoints", SETTINGS, keep=2)
    assert checkpoints.newest() is None
    save(checkpoints, 9, 99, 1_000_000, 9_999_999)
    step, state, arrays = checkpoints.newest()
    assert (step, state, arrays["weights"].tolist()) == (9_999_999, {"step": 9_999_999}, [9_999_999] * 3)
    assert names(tmp_path / "checkpoints") == ["1000000", "9999999"]


@pytest.mark.parametrize("change", ["settings", "data", "version", "hosts"])
def test_checkpoints_of_another_job_are_left_alone_and_the_log_says_so(opt_ml, change, caplog):
    save(of(opt_ml), 100, 200, 300)
    (opt_ml.paths.checkpoints / "notes.txt").write_text("someone's")
    (opt_ml.paths.checkpoints / "checkpoint-000200").write_text("someone's")
    settings, image = {}, "xgboost-sentiment"
    if change == "settings":
        settings = {"eta": 0.1}
    elif change == "data":
        opt_ml.put("train", "1,good\n0,bud\n")
    elif change == "hosts":
        opt_ml.hosts("algo-1", "algo-2")
    else:
        image = "headline-mxnet"
    mine = of(opt_ml, image, **settings)
    assert mine.newest() is None
    what = "the same settings, but of other data" if change == "data" else "other settings"
    assert f"3 checkpoints in {opt_ml.paths.checkpoints} are of {what}: they are left alone" in caplog.text
    save(mine, 1, 2, 3, 4)
    assert mine.newest().step == 4
    assert len(list(opt_ml.paths.checkpoints.iterdir())) == 8


def test_what_changes_no_training_changes_no_checkpoint(opt_ml):
    save(of(opt_ml), 7)
    assert of(opt_ml, report_examples=False, labels=("neg", "pos")).newest().step == 7


def test_files_that_are_not_data_are_not_looked_at(opt_ml):
    before = digest(Job.load(opt_ml.paths, {}))
    opt_ml.put("train", "", "empty.csv")
    opt_ml.put("train", "x", ".hidden")
    assert digest(Job.load(opt_ml.paths, {})) == before
    opt_ml.put("train", "1,good\n0,bad\n", "again.csv")
    assert digest(Job.load(opt_ml.paths, {})) != before


@pytest.mark.parametrize("damage", [lambda content: b"", lambda content: content[:-30], lambda content: b"x" + content,
                                    lambda content: content.replace(b"\x00\x00\xe0@", b"\x00\x00\xe1@")])  # fmt: skip
def test_a_damaged_checkpoint_is_passed_over(tmp_path, damage, caplog):
    checkpoints = Checkpoints(tmp_path, SETTINGS)
    save(checkpoints, 6, 7)
    newest = max(tmp_path.iterdir())
    content = newest.read_bytes()
    assert damage(content) != content
    newest.write_bytes(damage(content))
    assert checkpoints.newest().step == 6
    assert f"{newest.name} is damaged" in caplog.text


def test_a_failed_save_leaves_the_one_before_and_costs_no_training(tmp_path, monkeypatch, caplog):
    checkpoints = Checkpoints(tmp_path, SETTINGS)
    save(checkpoints, 1)

    def full(path):
        assert path.name.startswith(".checkpoint-000002")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "sync", full)
    save(checkpoints, 2)
    assert "the checkpoint of step 2 cannot be written (No space left on device)" in caplog.text
    assert names(tmp_path) == ["000001"]


def test_without_a_place_nothing_happens(opt_ml):
    (opt_ml.paths.input_config / "checkpointconfig.json").unlink()
    checkpoints = of(opt_ml)
    save(checkpoints, 1)
    assert not checkpoints
    assert not checkpoints.due()
    assert checkpoints.newest() is None
    assert not opt_ml.paths.checkpoints.exists()


def test_a_place_that_cannot_be_written_ends_the_job_at_once(opt_ml):
    opt_ml.paths.checkpoints.write_text("a file")
    with pytest.raises(UserError, match=r"checkpoints cannot be written in .*: mount a folder there"):
        of(opt_ml)


@pytest.mark.parametrize("seconds", ["-1", "inf", "nan", "soon"])
def test_seconds_that_are_none(opt_ml, seconds):
    with pytest.raises(UserError, match=f"CHECKPOINT_SECONDS is .?{seconds}.?: set it to a number of seconds"):
        of(opt_ml, seconds=seconds)


def test_saving_takes_a_tenth_of_the_time_at_most(tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    checkpoints = Checkpoints(tmp_path, SETTINGS, seconds=30)
    assert not checkpoints.due()
    now[0] = 30
    assert checkpoints.due()

    def slow(path):
        now[0] += 3

    monkeypatch.setattr(module, "sync", slow)
    save(checkpoints, 1)
    assert checkpoints.interval == 54  # nine times the 6 seconds that both syncs took
    assert not checkpoints.due()
    assert Checkpoints(tmp_path, SETTINGS, seconds=0).due()


def test_of_several_hosts_the_first_saves_and_all_read(tmp_path):
    def checkpoints(group, attempt, content):
        name = group.hosts[group.rank]
        opt_ml = OptMl(tmp_path / attempt / name)
        opt_ml.configure("resourceconfig", {"current_host": name, "hosts": group.hosts})
        opt_ml.configure("checkpointconfig", {"LocalPath": str(tmp_path / "checkpoints" / name)})
        opt_ml.put("train", content if group.rank else "the first host's")
        return Checkpoints.of(Job.load(opt_ml.paths, {}), "xgboost-sentiment", SETTINGS, group)

    def saved(group):
        made = checkpoints(group, "first", "another's")
        made.save(2, {"place": 1}, {"rows": np.arange(3)})
        return bool(made)

    assert in_threads(saved) == [True, True]
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["algo-1"]
    for found in in_threads(lambda group: checkpoints(group, "same", "another's").newest(group)):
        assert (found.step, found.state, found.arrays["rows"].tolist()) == (2, {"place": 1}, [0, 1, 2])
    others = in_threads(lambda group: checkpoints(group, "other", "another's, changed").newest(group))
    assert others == [None, None]
