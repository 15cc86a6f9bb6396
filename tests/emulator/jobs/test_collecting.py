"""What hosts left: merged, and nothing of the machine taken along by links, however they are swapped."""

import os
import socket
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from emulator.files import archive
from emulator.files.untrusted import Folder, FolderError
from emulator.jobs.collecting import collect
from emulator.jobs.hosts import Host

SECRET = "of this machine"
ROUNDS = 300


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A folder that no container may read."""
    folder = tmp_path / "secret"
    (folder / "data").mkdir(parents=True)
    for place in (folder, folder / "data"):
        (place / "key").write_text(SECRET)
    return folder


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """A host whose container has left a file in `model` and in `output/data`."""
    for part in ("model/deep", "output/data/deep"):
        (tmp_path / "ml" / part).mkdir(parents=True)
        (tmp_path / "ml" / part / "key").write_text("trained")
    return Host("algo-1", tmp_path / "ml")


def contents(host: Host, part: str, say: Callable[[str], None] = print) -> dict[str, str]:
    with collect([host], part, say) as entries:
        return {entry.name: b"".join(entry.chunks()).decode() for entry in entries if entry.is_file}


@pytest.mark.parametrize(
    ("part", "linked", "said"),
    [
        ("model", "model", "model is a link, not a folder"),
        ("output/data", "output/data", "output/data is a link, not a folder"),
        ("output/data", "output", "output is a link, not a folder"),
        ("model", "model/deep", "deep is a link, and links are not followed"),
        ("model", "model/deep/key", "deep/key is a link, and links are not followed"),
    ],
)
def test_no_link_is_followed(host: Host, secret: Path, part: str, linked: str, said: str) -> None:
    place = host.opt_ml / linked
    place.rename(host.opt_ml / "moved")
    place.symlink_to(secret / "key" if linked.endswith("key") else secret)
    with pytest.raises(FolderError, match=f"^{said}"):
        contents(host, part)


def test_a_file_where_a_folder_was(host: Host) -> None:
    (host.opt_ml / "model").rename(host.opt_ml / "moved")
    (host.opt_ml / "model").write_text("a model")
    with pytest.raises(FolderError, match=r"^model is a file, not a folder"):
        contents(host, "model")


def test_devices_fifos_and_sockets_are_left_out_and_named(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(host.opt_ml / "model" / "pipe")
    monkeypatch.chdir(host.opt_ml / "model")  # a socket's path must be short
    expected = ["pipe of algo-1 is left out: it is a FIFO", "socket of algo-1 is left out: it is a socket"]
    if os.geteuid() == 0:
        os.mknod(host.opt_ml / "model" / "device", 0o20666, os.makedev(1, 5))  # /dev/zero: it never ends
        expected.insert(0, "device of algo-1 is left out: it is a device")
    said: list[str] = []
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        assert contents(host, "model", said.append) == {"deep/key": "trained"}
    assert sorted(said) == [f"/opt/ml/model/{line}" for line in expected]


def test_a_folder_that_was_removed_is_empty(host: Host) -> None:
    (host.opt_ml / "output").rename(host.opt_ml / "moved")
    assert contents(host, "output/data") == {}


@pytest.mark.parametrize("swapped", ["model", "model/deep", "model/deep/key"])
def test_no_swap_is_fast_enough(host: Host, secret: Path, swapped: str) -> None:
    """A thread exchanges a folder and a link, again and again, while the folder is collected."""
    place, folder, link = (host.opt_ml / name for name in (swapped, "folder", "link"))
    link.symlink_to(secret / "key" if swapped.endswith("key") else secret)
    done = threading.Event()

    def swap() -> None:
        while not done.is_set():
            place.rename(folder)
            link.rename(place)
            place.rename(link)
            folder.rename(place)

    thread = threading.Thread(target=swap)
    thread.start()
    outcomes = {"trained": 0, "refused": 0}
    try:
        for _ in range(ROUNDS):
            try:
                with Folder(host.opt_ml, "model") as opened:
                    seen = {
                        entry.name: b"".join(entry.chunks()) for entry in opened.walk(changing=True) if entry.is_file
                    }
            except (FolderError, FileNotFoundError):
                outcomes["refused"] += 1
            else:
                assert SECRET.encode() not in seen.values()
                outcomes["trained"] += 1
    finally:
        done.set()
        thread.join()
    assert sum(outcomes.values()) == ROUNDS


def test_a_file_with_holes_beyond_the_disk_is_refused(host: Host) -> None:
    with (host.opt_ml / "model" / "sparse").open("wb") as file:
        file.truncate(1 << 43)
    with pytest.raises(
        FolderError, match=r"with sparse the files have 8,796,093,022,\d+ bytes, but the whole disk holds"
    ):
        contents(host, "model")


def test_a_path_that_no_key_can_have(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as within:
        within.chdir(host.opt_ml / "model")
        for _ in range(50):
            Path("x" * 100).mkdir()
            os.chdir("x" * 100)
    with pytest.raises(FolderError, match=r"x\.\.\. has a path over 4,096 bytes: use shorter names"):
        contents(host, "model")


def test_what_is_collected_is_packed_and_grows_no_further(host: Host, tmp_path: Path) -> None:
    """A file's size when it is opened is what the archive gets, though it grows meanwhile."""
    done, sizes = threading.Event(), []
    log = host.opt_ml / "model" / "log"
    log.touch()

    def grow() -> None:
        with log.open("ab", buffering=0) as file:
            while not done.wait(0.0001):
                file.write(bytes(1 << 14))

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        while len(sizes) < 5 or sizes[0] == sizes[-1]:  # until it did grow
            with collect([host], "model", print) as entries:
                archive.write(entries, tmp_path / "model.tar.gz")
            with tarfile.open(tmp_path / "model.tar.gz") as tar:
                assert {"deep", "deep/key"} <= set(tar.getnames())
                sizes.append(tar.getmember("log").size)
    finally:
        done.set()
        thread.join()


def test_hosts_models_are_merged_and_what_collides_is_told(tmp_path: Path) -> None:
    hosts = [Host(name, tmp_path / name) for name in ("algo-1", "algo-2", "algo-3")]
    for host in hosts:
        model = host.opt_ml / "model"
        (model / "shared").mkdir(parents=True)
        (model / "shared" / host.name).write_text(host.name)
        (model / "same").write_text(host.name)
    (tmp_path / "algo-2" / "model" / "x").mkdir()
    (tmp_path / "algo-2" / "model" / "x" / "y").write_text("a file in a folder")
    (tmp_path / "algo-3" / "model" / "x").write_text("a file where another host has a folder")
    said: list[str] = []
    with collect(hosts, "model", said.append) as entries:
        files = {entry.name: b"".join(entry.chunks()).decode() for entry in entries if entry.is_file}
    assert files == {
        "same": "algo-1",
        "shared/algo-1": "algo-1",
        "shared/algo-2": "algo-2",
        "shared/algo-3": "algo-3",
        "x/y": "a file in a folder",
    }
    assert said == [
        "/opt/ml/model/same of algo-2 is left out: another host wrote the same file",
        "/opt/ml/model/same of algo-3 is left out: another host wrote the same file",
        "/opt/ml/model/x of algo-3 is left out: another host wrote the same file",
    ]
