import pytest
from smcontract.training.checkpoints import Checkpoints

SETTINGS = {"eta": 0.5, "labels": ["neg", "pos"]}


def writes(text):
    return lambda path: path.write_text(text)


def test_the_last_few_are_kept_and_the_newest_is_found(tmp_path):
    checkpoints = Checkpoints(tmp_path / "checkpoints", SETTINGS, suffix=".ubj", keep=2)
    assert checkpoints.latest() is None
    for step in (9, 99, 1_000_000, 9_999_999):
        checkpoints.save(step, writes(str(step)))
    step, path = checkpoints.latest()
    assert (step, path.read_text(), path.suffix) == (9_999_999, "9999999", ".ubj")
    assert sorted(each.read_text() for each in path.parent.iterdir()) == ["1000000", "9999999"]


def test_only_checkpoints_of_the_same_settings_are_found_or_removed(tmp_path):
    Checkpoints(tmp_path, {**SETTINGS, "eta": 0.1}).save(100, writes("other"))
    (tmp_path / "notes.txt").write_text("someone's")
    (tmp_path / "checkpoint-000200").write_text("someone's")
    mine = Checkpoints(tmp_path, SETTINGS, keep=1)
    assert mine.latest() is None
    mine.save(1, writes("mine"))
    mine.save(2, writes("mine"))
    assert Checkpoints(tmp_path, dict(reversed(SETTINGS.items()))).latest()[0] == 2
    assert len(list(tmp_path.iterdir())) == 4


def test_a_failed_save_leaves_the_one_before(tmp_path):
    def fails(path):
        path.write_text("half")
        raise ValueError

    checkpoints = Checkpoints(tmp_path, SETTINGS)
    checkpoints.save(1, writes("whole"))
    with pytest.raises(ValueError):
        checkpoints.save(2, fails)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["whole"]
    assert checkpoints.latest()[0] == 1


def test_without_a_folder_nothing_happens():
    checkpoints = Checkpoints(None, SETTINGS)
    checkpoints.save(1, lambda path: pytest.fail("nothing should be written"))
    assert checkpoints.latest() is None
