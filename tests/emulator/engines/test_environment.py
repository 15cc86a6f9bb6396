"""The virtual environment of an image: what it holds. How it is made is shown in test_virtualenv."""

from pathlib import Path

from emulator.engines import environment, repository
from tests.emulator import editable


def test_it_holds_the_image_and_the_own_distributions_that_the_image_depends_on(tmp_path: Path) -> None:
    editable.write(tmp_path / "shared", "oneshared", "serve")
    editable.write(tmp_path / "other", "oneother", "other")
    editable.write(tmp_path / "images" / "one", "one", "train", dependencies=["oneshared[contract]>=1", "numpy<2"])
    (tmp_path / "images" / "one" / "requirements.lock").write_text("")
    (tmp_path / "images" / "build-tools.lock").write_text("")
    said: list[str] = []
    programs = environment.programs(repository.find(tmp_path, "one"), tmp_path, said.append)
    assert said == ["Creating .venvs/one from images/one/requirements.lock (once, about a minute)"]
    assert programs == tmp_path / ".venvs" / "one" / "bin"
    assert (programs / "train").exists()
    assert (programs / "serve").exists()
    assert not (programs / "other").exists()
