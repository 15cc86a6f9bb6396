"""The lock files: every package pinned with hashes, nothing said of where packages come from."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ["images/build-tools.lock", "images/xgboost-sentiment/requirements.lock", "tests/requirements.lock"]


def pins(lock):
    """Name -> version."""
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+) \\$", (ROOT / lock).read_text(), re.MULTILINE))


@pytest.mark.parametrize("lock", [*LOCKS, "examples/requirements.lock"])
def test_a_lock_holds_pins_with_hashes_and_nothing_else(lock):
    allowed = re.compile(r"|#.*|[a-z0-9.-]+==\S+ \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    assert [line for line in (ROOT / lock).read_text().splitlines() if not allowed.fullmatch(line)] == []
    assert pins(lock)


@pytest.mark.parametrize("lock", LOCKS)
def test_what_is_asked_for_is_locked(lock):
    wanted = (ROOT / lock).with_suffix(".in").read_text()
    names = set(re.findall(r"^([a-z0-9][a-z0-9-]*)", wanted, re.MULTILINE))
    assert names
    assert names <= pins(lock).keys()


def test_the_tests_run_on_what_the_image_holds():
    ours = pins("tests/requirements.lock")
    assert {name: ours[name] for name in pins(LOCKS[1])} == pins(LOCKS[1])
