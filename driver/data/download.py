"""Downloads files. Only a complete file gets its name. Interrupted downloads resume, also at the next call."""

import hashlib
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from driver.errors import DriverError

ATTEMPTS = 5
_TIMEOUT_SECONDS = 30.0  # without a byte
_PAUSE_SECONDS = 1.0
_SAY_SECONDS = 5.0
_PIECE = 1 << 16


def download(url: str, path: Path, md5: str | None, say: Callable[[str], None], pause: float = _PAUSE_SECONDS) -> None:
    """Download `url` to `path`, unless that exists already.

    A connection that breaks is tried again, `pause` seconds later at first, and resumes where it broke off. Raises
    DriverError when the server cannot be reached or refuses, and when the file has another checksum.
    """
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    _fetch(url, part, say, pause)
    if md5 and (found := _md5(part)) != md5:
        part.unlink()
        raise DriverError(f"{url} is not the expected file: its MD5 is {found}, not {md5}; try again later")
    part.replace(path)


def _fetch(url: str, part: Path, say: Callable[[str], None], pause: float) -> None:
    host = urlsplit(url).netloc
    for attempt in range(ATTEMPTS):
        try:
            return _append(url, part, say)
        except urllib.error.HTTPError as error:
            reason, is_final = f"it answered {error.code} {error.reason}", error.code < 500
            if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:  # the part is none of this file's
                part.unlink()
                is_final = False
        except urllib.error.URLError as error:
            reason, is_final = str(error.reason), True
        except (OSError, http.client.HTTPException) as error:
            reason, is_final = str(error), False
        if is_final or attempt == ATTEMPTS - 1:
            break
        say(f"{host}: {reason}; trying again")
        time.sleep(pause * 2**attempt)
    raise DriverError(
        f"{url} cannot be fetched ({reason}): check the network, or get the file another way and pass it with --from"
    )


def _append(url: str, part: Path, say: Callable[[str], None]) -> None:
    """Resume the partial file, or begin it. Raises OSError when the answer ends too early."""
    done = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={done}-"} if done else {})
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:
        if answer.status != http.HTTPStatus.PARTIAL_CONTENT:
            done = 0
        total = done + int(answer.headers["Content-Length"] or 0)
        say(f"{urlsplit(url).netloc}: {urlsplit(url).path}, {megabytes(total)}")
        with part.open("ab" if done else "wb", buffering=0) as file:
            last = time.monotonic()
            while piece := answer.read(_PIECE):
                try:
                    file.write(piece)
                except OSError as error:
                    raise DriverError(
                        f"cannot write {part}: {error.strerror}; make room for {megabytes(total)}"
                    ) from error
                done += len(piece)
                if time.monotonic() > last + _SAY_SECONDS:
                    last = time.monotonic()
                    say(f"  {megabytes(done)} of {megabytes(total)}")
    if done < total:
        raise ConnectionError(f"the connection broke after {megabytes(done)}")


def megabytes(size: int) -> str:
    """Return a size for people.

    Example:
        >>> megabytes(84_125_825)
        '84.1 MB'
    """
    return f"{size / 1e6:,.1f} MB"


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
