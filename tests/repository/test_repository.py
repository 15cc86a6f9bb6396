"""What must not be in the repository, whoever wrote it."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAX_FILE_BYTES = 2**20
MAX_MODULE_LINES = 300


def files(*patterns):
    """The files of the repository: those git knows, and those it would take."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_is_large():
    assert [path for path in files() if path.stat().st_size > MAX_FILE_BYTES] == []


def test_no_module_is_long():
    modules = files("*.py", ":!tests")
    assert modules
    assert [path for path in modules if len(path.read_text().splitlines()) > MAX_MODULE_LINES] == []


FORBIDDEN = {
    "a registry's host": r"pyp[i]\.org|pythonhoste[d]\.|deb\.debia[n]|registry\.np[m]js|docker\.i[o]/",
    "a machine's path": rf"{re.escape(str(ROOT))}\b|(?<!\w)/(root|home)/[a-z.]",
    "a leftover": r"\b(TODO|FIXME|XXX)\b",
    "a swallowed error": r"except( Exception)?: *(pass|\.\.\.)",
    "unsafe loading": r"allow_pickle=True|pickle\.loads?\(|\beval\(",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what):
    pattern = re.compile(FORBIDDEN[what])
    others = [path for path in files() if path != Path(__file__) and path.suffix != ".png"]
    assert [path for path in others if pattern.search(path.read_bytes().decode("utf-8", "replace"))] == []
