"""examples/notebooks run from top to bottom, and what is stored of them is what they give now."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.endtoend.conftest import PATIENCE, PLAIN, REPOSITORY

pytestmark = [PATIENCE, pytest.mark.long, pytest.mark.parametrize("state", ["process"], indirect=True, scope="module")]

FOLDER = REPOSITORY / "examples" / "notebooks"
NAMES = sorted(path.name for path in FOLDER.glob("*.ipynb"))
VARIES = "varies"
"""Tag of a cell whose figures differ a little from machine to machine, and from run to run."""


@pytest.fixture(scope="module")
def executed(settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the notebooks as they were executed now."""
    folder = tmp_path_factory.mktemp("notebooks")
    done = subprocess.run(
        [REPOSITORY / ".venvs/notebooks/bin/python", "-m", "examples.notebooks", "--output", folder],
        capture_output=True, text=True, check=False, cwd=REPOSITORY, env={**PLAIN, **settings},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_gives_what_is_stored(executed: Path, name: str) -> None:
    stored, now = (json.loads((folder / name).read_text()) for folder in (FOLDER, executed))
    assert [laid_out(cell) for cell in stored["cells"]] == [laid_out(cell) for cell in now["cells"]]
    assert {**stored, "cells": None} == {**now, "cells": None}


def laid_out(cell: dict[str, Any]) -> dict[str, Any]:
    """The cell, and of each output its kind, with the text where that must not vary."""
    varies = VARIES in cell["metadata"].get("tags", [])
    return {**cell, "outputs": [output_of(output, varies) for output in cell.get("outputs", [])]}


def output_of(output: dict[str, Any], varies: bool) -> list[Any]:
    texts = {"text": output.get("text"), **output.get("data", {})}
    shown = {kind: None if varies or kind.startswith("image/") else text for kind, text in texts.items()}
    return [output["output_type"], output.get("name"), shown]
