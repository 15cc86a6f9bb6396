"""docs/architecture.md against the tree: every path on the page exists, and every room is on it, in its order."""

import re

import pytest

from docs.tables import REPOSITORY
from tests.repository.test_rooms import ROOMS

PATH = re.compile(r"`([\w.-]+/[\w./-]*|[\w-]+\.py)`")
TEXT = (REPOSITORY / "docs/architecture.md").read_text("utf-8")


def test_every_path_exists() -> None:
    paths = PATH.findall(TEXT)
    assert len(paths) > 100
    assert [path for path in paths if not (REPOSITORY / path).exists()] == []


@pytest.mark.parametrize("package", ROOMS)
def test_every_room_is_there_from_the_bottom_up(package: str) -> None:
    listed = re.findall(rf"^- `{package}/(\w+)(?:/|\.py)`: \S", TEXT, re.MULTILINE)
    assert listed == ROOMS[package].split()


def test_the_four_walks_go_through_many_files() -> None:
    _, *walks = re.split(r"^## (?=A |Create|`launch)", TEXT, flags=re.MULTILINE)
    assert len(walks) == 4
    assert all(len(set(PATH.findall(walk))) >= 10 for walk in walks)
