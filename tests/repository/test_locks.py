"""The lock files: every package pinned with hashes, nothing said of where packages come from."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IMAGES = sorted(path.parent.relative_to(ROOT) for path in ROOT.glob("images/*/pyproject.toml"))
LOCKS = ["driver/launch.lock", "images/build-tools.lock", "tests/requirements.lock", "tests/references.lock"]
LOCKS += [str(image / "requirements.lock") for image in IMAGES]
CLIENTS = sorted(str(path.relative_to(ROOT).with_suffix(".lock")) for path in ROOT.glob("tests/clients/*.in"))
ALONE = ["examples/requirements.lock", *(f"examples/{name}/requirements.lock" for name in ("notebooks", "scaling"))]
ALONE += ["bench/peers.lock", *CLIENTS]


def pins(lock):
    """Name -> versions: more than one where older Pythons have an older one."""
    found = re.findall(r"^([a-z0-9.-]+)==([^\s;]+) .*\\$", (ROOT / lock).read_text(), re.MULTILINE)
    return {name: {version for other, version in found if other == name} for name, _ in found}


@pytest.mark.parametrize("lock", [*LOCKS, *ALONE])
def test_a_lock_holds_pins_with_hashes_and_nothing_else(lock):
    allowed = re.compile(r"|#.*|[a-z0-9.-]+==[^\s;]+( ; [a-z_'<>=!. 0-9A-Z]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    assert [line for line in (ROOT / lock).read_text().splitlines() if not allowed.fullmatch(line)] == []
    assert pins(lock)


@pytest.mark.parametrize("lock", LOCKS)
def test_what_is_asked_for_is_locked(lock):
    wanted = (ROOT / lock).with_suffix(".in").read_text()
    names = set(re.findall(r"^([a-z0-9][a-z0-9-]*)", wanted, re.MULTILINE))
    assert names or "-r " in wanted
    assert names <= pins(lock).keys()


def test_the_locks_agree():
    """The development environment holds what all of them name."""
    versions = {}
    for lock in LOCKS:
        for name, found in pins(lock).items():
            assert versions.setdefault(name, found) == found, f"{lock}: {name}"
