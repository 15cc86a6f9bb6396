"""What is stored of the notebooks: complete, small, and silent about the machine and the hour."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "examples" / "notebooks").glob("*.ipynb"))
MAX_BYTES = 400_000
NOISE = re.compile(r"/(home|root|tmp|work|Users)/|\b20\d\d-\d\d-\d\d\b|\d\d:\d\d:\d\d|127\.0\.0\.1|\x1b")


def code(path: Path) -> list[dict[str, Any]]:
    return [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]


def test_there_are_two() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["headlines", "sentiment"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_was_executed_from_top_to_bottom_without_an_error(path: Path) -> None:
    cells = code(path)
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert {output["output_type"] for output in outputs} <= {"stream", "execute_result", "display_data"}
    assert "stderr" not in {output.get("name") for output in outputs}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_small_and_says_nothing_of_the_machine_or_the_hour(path: Path) -> None:
    assert path.stat().st_size <= MAX_BYTES
    texts = [
        text
        for cell in code(path)
        for output in cell["outputs"]
        for kind, lines in {"text": output.get("text", []), **output.get("data", {})}.items()
        if not kind.startswith("image/")
        for text in lines
    ]
    assert texts
    assert [text for text in texts if NOISE.search(text)] == []
