"""Images are folders with a pyproject.toml; the process engine reads the variables of their containers there."""

from pathlib import Path

import pytest

from emulator.engines import repository as images
from emulator.errors import EmulatorError


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "images" / "some-image"
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "some-image"\nversion = "1.2.3"\n[tool.image.environment]\nA = "2"\nB = "x y"\n'
    )
    (tmp_path / "images" / "unfinished").mkdir()
    return tmp_path


def test_an_image_has_a_version_a_tag_and_its_variables(repository: Path) -> None:
    image = images.find(repository, "some-image")
    assert (image.name, image.version, image.tag) == ("some-image", "1.2.3", "some-image:dev")
    assert image.environment == {"PYTHONUNBUFFERED": "1", "A": "2", "B": "x y"}


@pytest.mark.parametrize("name", ["other", "unfinished"])
def test_an_unknown_image_is_named_with_what_there_is(repository: Path, name: str) -> None:
    with pytest.raises(EmulatorError, match=f"no image called '{name}' exists.*known images: some-image$"):
        images.find(repository, name)


REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("name", images.names(REPOSITORY))
def test_the_images_of_this_repository_name_their_programs(name: str) -> None:
    folder = REPOSITORY / "images" / name
    environment = images.find(REPOSITORY, name).environment
    assert environment["PYTHONUNBUFFERED"] == "1"
    for variable, member in (("SAGEMAKER_TRAINING_MODULE", "main"), ("SAGEMAKER_SERVING_MODULE", "Handler")):
        module, _, named = environment[variable].partition(":")
        assert named == member
        assert (folder / module.replace(".", "/")).with_suffix(".py").is_file()
