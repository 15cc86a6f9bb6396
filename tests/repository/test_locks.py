"""The lock files: every package pinned with hashes, nothing said of where packages come from."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IMAGES = sorted(str(path.parent.relative_to(ROOT)) for path in ROOT.glob("images/*/pyproject.toml"))
TOGETHER = [  # what the development environment holds
    "images/build-tools.lock", "driver/launch.lock", "tests/requirements.lock",
    *(f"{image}/requirements.lock" for image in IMAGES if image != "images/headline-mxnet"),
]  # fmt: skip
LOCKS = [*TOGETHER, "images/headline-mxnet/requirements.lock", "tests/headline-mxnet.lock"]


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
    assert names or "-r " in wanted
    assert names <= pins(lock).keys()


def test_the_locks_agree():
    versions = {}
    for lock in TOGETHER:
        for name, version in pins(lock).items():
            assert versions.setdefault(name, version) == version, f"{lock}: {name}"


def test_the_tests_of_headline_mxnet_run_on_what_the_image_holds():
    assert pins("images/headline-mxnet/requirements.lock").items() <= pins("tests/headline-mxnet.lock").items()
