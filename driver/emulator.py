"""The emulator's server on this machine: starts it detached, finds it again, ends it. One for each state folder.

Works on what `python -m emulator serve` promises: it holds a lock on FOLDER/lock as long as it lives, writes
FOLDER/server.json when it listens, keeps its access key in FOLDER/credentials.json, and answers GET /_emulator/status
when that is signed with the key; every answer says in the header Server what it is.
"""

import contextlib
import fcntl
import http.client
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from driver.aws import keys
from driver.aws.keys import Key
from driver.checkout import REPOSITORY, as_typed
from driver.errors import DriverError, typed

HOST = "127.0.0.1"
PORT = 4580
LOG = "server.log"
NAME = "sagemaker-emulator"

_START_SECONDS = 60.0  # it imports moto, which on a busy machine takes a while
_END_SECONDS = 60.0  # it ends its containers first
_ANSWER_SECONDS = 5.0
_PAUSE_SECONDS = 0.05
_LAST_LINES = 5


def folder(given: Path | None, environment: Mapping[str, str] = os.environ) -> Path:
    """Return the emulator's state folder: the one given, else $LAUNCH_STATE, else run/local in the checkout."""
    named = given or environment.get("LAUNCH_STATE")
    if not named:
        return REPOSITORY / "run" / "local"
    path = Path(os.path.abspath(named))  # noqa: PTH100 (a link in its place is not followed, but refused)
    return path.parent.resolve() / path.name


def ensure_up(
    state: Path,
    port: int | None = None,
    engine: str | None = None,
    say: Callable[[str], None] = print,
    is_open: bool = False,
) -> str:
    """Return the address of the emulator whose records are in `state`; it is started first when it does not run.

    Without `port` and `engine` one that runs will do whatever it has; started, it listens on 4580 and takes Docker if
    that is there. With `is_open` it takes any credentials. Raises DriverError when it cannot be started, or runs
    already with another port or engine, or closed.
    """
    with _alone(state):
        status = read_status(state)
        if status is None and _is_held(state):  # started by hand a moment ago, or stuck
            status = _wait(state, lambda: not _is_held(state))
            if status is None and _is_held(state):
                raise DriverError(f"the emulator of {state} does not answer: stop it with `{command('down', state)}`")
        if status is None:
            status = _start(state, PORT if port is None else port, engine, say, is_open)
    _check(status, state, port, engine, is_open)
    return str(status["endpoint_url"])


def read_status(state: Path) -> dict[str, Any] | None:
    """Return what the emulator of this folder says of itself, or None when none answers."""
    try:
        written = json.loads((state / "server.json").read_text(encoding="utf-8"))
        _, status = _ask(written["endpoint_url"], keys.read(state))
    except (OSError, ValueError, KeyError, TypeError, DriverError):
        return None
    return status if status and status.get("pid") == written.get("pid") else None


def key(endpoint_url: str, state: Path) -> Key:
    """Return the key for the emulator at an address: that of `state` if it listens there, else what is exported for it.

    Raises DriverError when neither is there, and the emulator asks for a key.
    """
    status = read_status(state)
    if status and status["endpoint_url"] == endpoint_url.rstrip("/").replace("//localhost:", f"//{HOST}:"):
        return keys.read(state)
    if found := keys.from_environment(endpoint_url):
        return found
    is_emulator, status = _ask(endpoint_url, keys.ANY)
    if is_emulator and status is None:
        raise DriverError(
            f"the emulator at {endpoint_url} requires its key: name its state folder with --state, or export the key "
            "with "
            f'`eval "$({command("env")} --state ...)"`'
        )
    return keys.ANY


def down(state: Path, grace: float = _END_SECONDS) -> bool:
    """End the emulator of this folder, and wait until it has ended; False when none runs.

    After `grace` seconds it is killed. Raises DriverError when it has started by hand and not said where it listens.
    """
    if not state.is_dir():
        return False
    with _alone(state):
        if not _is_held(state):
            (state / "server.json").unlink(missing_ok=True)
            return False
        try:
            pid = int(json.loads((state / "server.json").read_text(encoding="utf-8"))["pid"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DriverError(
                f"an emulator uses {state}, but server.json there does not name its process: try again in a "
                "moment, or stop it by hand"
            ) from error
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            deadline = time.monotonic() + grace
            while _is_held(state) and time.monotonic() < deadline:
                time.sleep(_PAUSE_SECONDS)
        (state / "server.json").unlink(missing_ok=True)
    return True


def follow(state: Path, keep_on: bool) -> Iterator[str]:
    """Yield the lines of the server's log; with `keep_on` those to come too, for ever. DriverError without one."""
    log = state / LOG
    try:
        file = log.open(encoding="utf-8", errors="replace")
    except OSError as error:
        raise DriverError(
            f"the log {log} does not exist: `local up` has not started an emulator with this folder"
        ) from error
    with file:
        while True:
            for line in file:
                yield line.rstrip("\n")
            if not keep_on:
                return
            time.sleep(_PAUSE_SECONDS)


@contextlib.contextmanager
def _alone(state: Path) -> Iterator[None]:
    """Two simultaneous commands must start, or stop, only one server."""
    try:
        _claim(state)
        lock = _private(state / "up.lock", "w")
    except OSError as error:
        raise DriverError(
            f"{state} cannot hold the emulator's records ({error.strerror}): choose another folder with --state"
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _claim(state: Path) -> None:
    """Make the folder, or see that it is this user's own; nobody else may read it. Raises DriverError, OSError."""
    if not state.is_symlink():
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = state.lstat().st_uid
    if state.is_symlink() or owner != os.geteuid():
        what = "is a link" if state.is_symlink() else f"belongs to user {owner}, but you are user {os.geteuid()}"
        raise DriverError(f"{state} {what}: name a folder of your own with --state")
    state.chmod(0o700)


def _private(path: Path, mode: str) -> IO[Any]:
    """Open a file of the state folder, which is made for this user alone."""
    return open(path, mode, opener=lambda path, flags: os.open(path, flags | os.O_NOFOLLOW, 0o600))


def _is_held(state: Path) -> bool:
    """Whether a server lives. Asked by one that is alone only: a server that starts just now would be refused."""
    with _private(state / "lock", "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _start(state: Path, port: int, engine: str | None, say: Callable[[str], None], is_open: bool) -> dict[str, Any]:
    _check_free(port, state)
    say(f"Starting the emulator; its records and objects are in {state}")
    (state / "server.json").unlink(missing_ok=True)  # of one that was killed
    arguments = ["--state", str(state), "--port", str(port), *(("--engine", engine) if engine else ())]
    arguments += ["--open"] if is_open else []
    with _private(state / LOG, "ab") as log:
        written = log.tell()
        server = subprocess.Popen(
            [sys.executable, "-m", "emulator", "serve", *arguments],
            cwd=REPOSITORY,
            start_new_session=True,  # neither Ctrl-C here nor the end of the terminal ends it
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    status = None
    try:
        status = _wait(state, lambda: server.poll() is not None)
    finally:
        if status is None:
            server.kill()
            code = server.wait()
    if status is None:
        with (state / LOG).open("rb") as log:
            log.seek(written)
            lines = log.read().decode("utf-8", "replace").splitlines()[-_LAST_LINES:]
        what = f"did not answer within {_START_SECONDS:.0f} s" if code < 0 else f"ended with exit code {code}"
        raise DriverError("\n  ".join([f"the emulator {what}; last lines of {state / LOG}:", *lines]))
    server.returncode = 0  # it outlives this process: Popen need not warn that nobody has waited for it
    return status


def _wait(state: Path, has_ended: Callable[[], bool]) -> dict[str, Any] | None:
    """Return the status as soon as the server answers; None when it ends, or does not answer in time."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and not has_ended():
        if status := read_status(state):
            return status
        time.sleep(_PAUSE_SECONDS)
    return None


def _check(status: Mapping[str, Any], state: Path, port: int | None, engine: str | None, is_open: bool) -> None:
    wrong_port = port and urlsplit(status["endpoint_url"]).port != port
    if wrong_port or (engine and status["engine"] != engine) or (is_open and not status["open"]):
        how = f"with engine {status['engine']}{' and not open' if is_open else ''}"
        raise DriverError(
            f"the emulator of {state} is already running at {status['endpoint_url']} {how}: use it as it is, or stop "
            f"it first with `{command('down', state)}`"
        )


def _check_free(port: int, state: Path) -> None:
    try:
        socket.create_connection((HOST, port), _ANSWER_SECONDS).close()
    except OSError:
        return
    is_emulator, _ = _ask(f"http://{HOST}:{port}", keys.ANY)
    elsewhere = f"`{command('up', state)} --port 0` starts this one on a free port"
    if not is_emulator:
        raise DriverError(f"another program listens on port {port}: {elsewhere}")
    raise DriverError(
        f"port {port} belongs to an emulator with another state folder, or of another user: use that folder with "
        f"--state, stop it with `{command('down')} --state ...`, or {elsewhere}"
    )


def _ask(endpoint_url: str, key: Key) -> tuple[bool, dict[str, Any] | None]:
    """GET /_emulator/status: whether an emulator answers there, and what it says of itself to who has its key."""
    try:
        address = urlsplit(endpoint_url)
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=_ANSWER_SECONDS)
        with contextlib.closing(connection):
            connection.request("GET", "/_emulator/status", headers=key.sign_get(f"{endpoint_url}/_emulator/status"))
            answer = connection.getresponse()
            is_emulator = answer.headers["Server"] == NAME
            status = json.loads(answer.read()) if is_emulator and answer.status == 200 else None
    except (OSError, http.client.HTTPException, ValueError):
        return False, None
    return is_emulator, status


def command(name: str, state: Path | None = None) -> str:
    """Return how `launch.py local NAME` is typed for a state folder."""
    return as_typed(f"./launch.py local {name}") + (f" --state {shlex.quote(typed(state))}" if state else "")
