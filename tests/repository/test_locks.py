"""The lock files: every package pinned with hashes, nothing said of where packages come from."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IMAGES = {  # lock file of an image -> that of the environment its tests run in
    "images/blazingtext-client/requirements.lock": "tests/requirements.lock",
    "images/headline-mxnet/requirements.lock": "tests/headline-mxnet.lock",
    "images/xgboost-sentiment/requirements.lock": "tests/requirements.lock",
}
LOCKS = sorted({"driver/launch.lock", "images/build-tools.lock", *IMAGES, *IMAGES.values()})


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


def test_every_image_has_a_lock():
    assert {str(path.parent.relative_to(ROOT)) for path in ROOT.glob("images/*/Dockerfile")} == {
        str(Path(lock).parent) for lock in IMAGES
    }


@pytest.mark.parametrize(("image", "tests"), IMAGES.items())
def test_the_tests_run_on_what_the_image_holds(image, tests):
    ours = pins(tests)
    assert {name: ours[name] for name in pins(image)} == pins(image)
