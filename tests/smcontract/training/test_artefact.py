import json
import random
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from smcontract import manifest
from smcontract.errors import AlgorithmError
from smcontract.training import artefact

SAVES_MANY = Path(__file__).parents[2] / "fixtures" / "saves_many.py"


def save(folder, version, **files):
    with artefact.staged(folder) as stage:
        for name, content in files.items():
            (stage / name).parent.mkdir(exist_ok=True)
            (stage / name).write_text(content)
        manifest.write(stage, manifest.Manifest(image="tiny", version=version))


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_new_model_takes_the_place_of_the_old(tmp_path):
    folder = tmp_path / "model"
    save(folder, "1", **{"model.ubj": "1", "old/a.txt": "1"})
    (folder / ".staged-killed").mkdir()
    (folder / ".staged-killed" / "half").write_text("x")
    with artefact.staged(folder) as stage:
        assert list(folder.glob(".*")) == [stage]
        manifest.write(stage, manifest.Manifest(image="tiny", version="1"))
    save(folder, "2", **{"model.ubj": "2", "new/b.txt": "2"})
    assert names(folder) == ["manifest.json", "model.ubj", "new", "new/b.txt"]
    assert manifest.read(folder).version == "2"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_error_leaves_the_folder_as_it_was(tmp_path, error):
    def fail(stage):
        (stage / "half").write_text("x")
        raise error

    with pytest.raises(error), artefact.staged(tmp_path) as stage:
        fail(stage)
    assert names(tmp_path) == []
    save(tmp_path, "1", model="1")
    with pytest.raises(error), artefact.staged(tmp_path) as stage:
        fail(stage)
    assert manifest.read(tmp_path).version == "1"
    assert names(tmp_path) == ["manifest.json", "model"]


def test_a_model_without_a_manifest_is_none(tmp_path):
    with pytest.raises(AlgorithmError, match="saved without manifest"), artefact.staged(tmp_path) as stage:
        (stage / "model").write_text("x")
    assert names(tmp_path) == []


@contextmanager
def saving(folder, models):
    """Save that many models in another process, which ends with the block."""
    with subprocess.Popen([sys.executable, SAVES_MANY, folder, str(models)], stdout=subprocess.PIPE) as process:
        try:
            process.stdout.readline()
            yield process
        finally:
            process.kill()


def text(path):
    try:
        return path.read_text()
    except FileNotFoundError:
        return None


def test_whoever_finds_a_manifest_finds_a_whole_model(tmp_path):
    seen = set()
    with saving(tmp_path, models=25) as process:
        while process.poll() is None:
            found = text(tmp_path / "manifest.json")
            parts = {text(tmp_path / f"part{part}.txt") for part in range(20)}
            if found and found == text(tmp_path / "manifest.json"):
                assert parts == {json.loads(found)["version"]}
                seen |= parts
    assert len(seen) > 5


def test_killed_at_any_moment_it_leaves_a_whole_model_or_none(tmp_path):
    for seed in range(6):
        with saving(tmp_path, models=10_000) as process, pytest.raises(subprocess.TimeoutExpired):
            process.wait(random.Random(seed).uniform(0, 0.05))
        if (tmp_path / "manifest.json").exists():
            whole = manifest.read(tmp_path, image="many")
            assert {text(tmp_path / name) for name in whole.files} == {whole.version}
    save(tmp_path, "last", model="x")
    assert names(tmp_path) == ["manifest.json", "model"]
