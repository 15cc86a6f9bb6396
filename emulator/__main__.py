"""`python -m emulator serve --state FOLDER`: run the emulator in the foreground until SIGTERM or Ctrl-C.

Installed from a wheel it is called `sagemaker-local`, and runs the images of the current folder's images/, and those
of a Docker engine.

Its first line of output and FOLDER/server.json give its address.
"""

import argparse
import errno
import fcntl
import gc
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from emulator import console
from emulator.errors import EmulatorError
from emulator.state import folder

_ABOVE = Path(__file__).resolve().parents[1]
REPOSITORY = _ABOVE if (_ABOVE / "launch.py").is_file() else Path()
PORT = 4580
OPEN = "WARNING: ANY CREDENTIALS ARE ACCEPTED, SO EVERY USER OF THIS MACHINE CAN RUN COMMANDS AS YOU"


def main(open_images: Callable[..., Any] | None = None) -> int:
    """Serve, and return the exit code. `open_images` makes what finds images; TrainingImages, if it is left out."""
    console.install()
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        with _lock(arguments.state):
            _serve(arguments, open_images)
    except (EmulatorError, OSError) as error:
        print(f"emulator: {error}", file=sys.stderr)
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    name = Path(sys.argv[0]).name
    parser = argparse.ArgumentParser(prog="python -m emulator" if name == "__main__.py" else name, description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="run the emulator until SIGTERM or Ctrl-C")
    serve.add_argument("--state", type=Path, required=True, help="folder for records, objects and logs")
    serve.add_argument(
        "--port", type=int, default=PORT, help="port to listen on, 0 for any free one (default: %(default)s)"
    )
    serve.add_argument(
        "--engine", choices=["docker", "process"], help="how to run images (default: docker if it is available)"
    )
    serve.add_argument(
        "--open", action="store_true", help="accept any credentials: every user of this machine gets access"
    )
    return parser.parse_args()


@contextmanager
def _lock(state: Path) -> Iterator[None]:
    """Only one process may write to a state folder."""
    folder.claim(state)
    os.umask(0o077)  # for all that is made from here on; what containers are to read says so itself
    with (state / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EmulatorError(f"another emulator uses {state}: stop it, or choose another --state") from None
        except OSError as error:
            raise EmulatorError(
                f"{state} cannot be locked ({error.strerror}): choose a --state on a local disk"
            ) from None
        yield


def _serve(arguments: argparse.Namespace, open_images: Callable[..., Any] | None) -> None:
    set_environment()
    gc.disable()  # what is imported stays: collections would look at it again and again, and find nothing
    from emulator import operations  # heavy: moto and botocore
    from emulator.auth import keys
    from emulator.engines import leftovers
    from emulator.files import temporary
    from emulator.images import TrainingImages
    from emulator.platform import Platform
    from emulator.server import RunningServer

    gc.freeze()
    gc.enable()
    state: Path = arguments.state.resolve()
    key = keys.ensure(state)
    leftovers.remove(str(state))
    temporary.remove(state / folder.WORK)
    folder.close_to_others(state)
    images = (open_images or TrainingImages)(REPOSITORY, arguments.engine, str(state))
    platform = Platform.open(state, images)
    try:
        try:
            server = RunningServer(platform, arguments.port, arguments.engine, state, key, arguments.open)
        except OSError as error:
            in_use = os.strerror(errno.EADDRINUSE)
            reason = in_use if in_use in str(error) else error
            raise EmulatorError(
                f"cannot listen on port {arguments.port}: {reason}; choose another --port, or 0"
            ) from error
        # The signal itself writes to the pipe. If its handler set an Event instead, a signal that arrived just before
        # Event.wait blocked would be lost: Python runs handlers only after the wait returns.
        asked, ask = os.pipe()
        os.set_blocking(ask, False)
        signal.set_wakeup_fd(ask)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: None)
        operations.recover(platform)
        with server.serving(lambda: os.write(ask, b"\0")):
            _write(state / "server.json", server.status())
            print(f"listening on {server.endpoint_url}", flush=True)
            if arguments.open:
                print(OPEN, flush=True)
            os.read(asked, 1)
            (state / "server.json").unlink(missing_ok=True)
            platform.background.close()  # first, so that no request waits for a container any more
    finally:
        platform.close()


def set_environment() -> None:
    """What moto and botocore read, in this process alone: any region is one, and the caller's profile is not ours."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        os.environ.pop(name, None)
    os.environ |= {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_DEFAULT_REGION": "us-east-1",
        "MOTO_ALLOW_NONEXISTENT_REGION": "true",
        "MOTO_DISABLE_GLOBAL_CORS": "true",
    }


def _write(path: Path, value: dict[str, Any]) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(value, indent=1) + "\n")
    part.replace(path)


if __name__ == "__main__":
    sys.exit(main())
