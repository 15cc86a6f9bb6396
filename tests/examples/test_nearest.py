"""Neighbours among the vectors of a model.tar.gz."""

from pathlib import Path

import pytest

from emulator.files import archive
from examples.launching import LaunchError
from examples.nearest import nearest

VECTORS = "4 2\nfilm 1 0\nmovie 3 0.3\nmarket 0 1\nnothing 0 0\n"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "vectors.txt").write_text(VECTORS)
    archive.pack(tmp_path / "model", tmp_path / "model.tar.gz")
    return tmp_path / "model.tar.gz"


def test_neighbours_are_in_the_order_of_cosine_whatever_their_lengths(model: Path) -> None:
    assert nearest(model, ["film", "unknown"], 2) == {"film": ["movie", "market"]}


def test_another_artefact_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    archive.pack(tmp_path / "empty", tmp_path / "model.tar.gz")
    with pytest.raises(LaunchError, match=r"does not contain vectors\.txt"):
        nearest(tmp_path / "model.tar.gz", ["film"], 2)
