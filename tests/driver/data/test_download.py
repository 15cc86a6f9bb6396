"""Downloads from a real server of this machine, which breaks off, refuses and lies as it is told."""

import hashlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from driver.data.download import ATTEMPTS, _append, download
from driver.errors import DriverError

CONTENT = bytes(range(256)) * 1_000
MD5 = hashlib.md5(CONTENT).hexdigest()


class Server(http.server.ThreadingHTTPServer):
    """Serves CONTENT; `breaks` is how many answers end too early, `ranges` what was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.breaks = 0
        self.takes_ranges = True
        self.ranges: list[str | None] = []
        self.url = f"http://127.0.0.1:{self.server_port}/file.zip"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        asked = self.headers["Range"]
        self.server.ranges.append(asked)
        if self.path != "/file.zip":
            self.send_error(int(self.path.strip("/")))
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.server.takes_ranges else 0
        if start >= len(CONTENT):
            self.send_error(416)
            return
        body = CONTENT[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.server.breaks:
            self.server.breaks -= 1
            body = body[: len(body) // 2]
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "file.zip"


def test_a_file_is_there_whole_and_not_fetched_twice(server: Server, path: Path) -> None:
    said: list[str] = []
    download(server.url, path, MD5, said.append)
    assert path.read_bytes() == CONTENT
    assert said == [f"127.0.0.1:{server.server_port}: /file.zip, 0.3 MB"]
    download(server.url, path, MD5, said.append)
    assert server.ranges == [None]


@pytest.mark.parametrize("takes_ranges", [True, False])
def test_a_connection_that_breaks_is_gone_on_with(server: Server, path: Path, takes_ranges: bool) -> None:
    server.breaks, server.takes_ranges = 2, takes_ranges
    said: list[str] = []
    download(server.url, path, MD5, said.append, pause=0)
    assert path.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=128000-", "bytes=192000-" if takes_ranges else "bytes=128000-"]
    assert sum("the connection broke after 0.1 MB; trying again" in line for line in said) == (1 if takes_ranges else 2)


def test_what_broke_off_for_good_is_gone_on_with_the_next_time(server: Server, path: Path) -> None:
    server.breaks = ATTEMPTS
    with pytest.raises(DriverError, match=r"cannot be fetched \(the connection broke after 0\.2 MB\): check the"):
        download(server.url, path, MD5, print, pause=0)
    assert not path.exists()
    download(server.url, path, MD5, print)
    assert path.read_bytes() == CONTENT
    assert server.ranges[-1] == "bytes=248000-"


def test_a_part_that_is_too_long_is_thrown_away(server: Server, path: Path) -> None:
    path.parent.mkdir()
    path.with_name(".file.zip.part").write_bytes(CONTENT + b"more")
    download(server.url, path, MD5, print, pause=0)
    assert path.read_bytes() == CONTENT


def test_another_file_is_not_taken_for_it(server: Server, path: Path) -> None:
    with pytest.raises(DriverError, match=f"is not the expected file: its MD5 is {MD5}, not 0{{32}}; try"):
        download(server.url, path, "0" * 32, print)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize(("status", "times"), [(404, 1), (503, ATTEMPTS)])
def test_a_server_that_refuses(server: Server, path: Path, status: int, times: int) -> None:
    url = server.url.replace("file.zip", str(status))
    with pytest.raises(DriverError, match=rf"cannot be fetched \(it answered {status} .*pass it with --from"):
        download(url, path, None, print, pause=0)
    assert len(server.ranges) == times


def test_no_network(path: Path) -> None:
    with pytest.raises(DriverError, match=r"http://nowhere\.invalid/x cannot be fetched \(.*or get the file another"):
        download("http://nowhere.invalid/x", path, None, print)
    assert list(path.parent.iterdir()) == []


def test_a_full_disk(server: Server) -> None:
    with pytest.raises(DriverError, match=r"cannot write /dev/full: No space left on device; make room for 0.3 MB"):
        _append(server.url, Path("/dev/full"), print)
