"""`launch.py invoke`: one request to an endpoint."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from driver import kinds, sending
from driver import options as common
from driver.errors import DriverError, NotFoundError
from driver.requests import hosting
from driver.target import Target

DESCRIPTION = """\
Asks an endpoint, and prints the answer. What it is asked is an argument, a file, or standard input. A text that is no
JSON is wrapped into {"instances": [...]}, one instance for each line, which all images of this repository and
BlazingText take; --content-type sends it as it is. Asking costs nothing beyond the endpoint itself.

  ./launch.py invoke reviews "A wonderful film, superbly acted."
  ./launch.py invoke reviews '{"instances": ["A dull film."], "explain": true}'
  ./launch.py invoke reviews --file reviews.csv --accept text/csv
  head reviews.txt | ./launch.py invoke reviews"""

LARGEST = 6 * 1024 * 1024
"""Bytes of a request: AWS's limit of InvokeEndpoint."""

JSON = "application/json"
TYPES: Mapping[str, str] = MappingProxyType({
    ".csv": "text/csv", ".json": JSON, ".jsonl": "application/jsonlines", ".jsonlines": "application/jsonlines",
    ".libsvm": "text/libsvm", ".npy": "application/x-npy", ".svm": "text/libsvm", ".txt": "text/plain",
})  # fmt: skip
"""Content types by the ends of file names."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    command = common.add_command(commands, "invoke", "ENDPOINT [TEXT] ", "ask an endpoint", DESCRIPTION)
    command.add_argument("endpoint", metavar="ENDPOINT", help="the endpoint's name")
    command.add_argument("text", nargs="?", metavar="TEXT", help="what it is asked (default: standard input)")
    command.add_argument("--file", type=Path, help="a file with what it is asked; its name says the content type")
    command.add_argument("--content-type", metavar="TYPE", help="of what is asked, which then is sent as it is")
    command.add_argument("--accept", metavar="TYPE", help="of the answer (default: what the container likes best)")
    command.add_argument("--output", type=Path, metavar="FILE", help="write the answer there, byte for byte")
    common.add_sending(command)
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Do it; the exit code. Raises DriverError."""
    output = common.output(options)
    target = common.target(options)
    body, content_type = _asked(options)
    if len(body) > LARGEST:
        raise DriverError(
            f"the request has {len(body):,} bytes, and an endpoint takes {LARGEST:,}: send less at once, or use "
            "`./launch.py transform`"
        )
    request = hosting.invoke_endpoint(options.endpoint, body, content_type, options.accept)
    if options.dry_run:
        return sending.show([request], output)
    try:
        answer = target.call(
            request.service, request.operation, request.parameters, f"ask the endpoint {options.endpoint}"
        )
    except NotFoundError as error:
        raise _not_there(target, options.endpoint) or error from error
    content = answer["Body"].read()
    if options.output:
        _write(options.output, content)
        return 0
    output.result(_document(content, answer["ContentType"]), _lines(content, answer["ContentType"]))
    return 0


def _asked(options: argparse.Namespace) -> tuple[bytes, str]:
    """Return the body and its content type."""
    if options.file and options.text is not None:
        raise DriverError("both a text and --file are given: leave out one of them")
    if options.file:
        content = _read(options.file)
        content_type = options.content_type or TYPES.get(options.file.suffix.lower())
        if content_type is None:
            raise DriverError(f"{options.file.name} does not say by its name what it is: give --content-type")
        return content, content_type
    if options.text is None and sys.stdin.isatty():
        raise DriverError("there is nothing to ask: give a text, --file, or something on standard input")
    content = sys.stdin.buffer.read() if options.text is None else options.text.encode("utf-8", "surrogateescape")
    if options.content_type or _is_json(content):
        return content, options.content_type or JSON
    lines = [line for line in content.decode("utf-8", "replace").splitlines() if line.strip()]
    if not lines:
        raise DriverError("there is nothing to ask: the text is empty")
    return json.dumps({"instances": lines}, ensure_ascii=False).encode(), JSON


def _is_json(content: bytes) -> bool:
    try:
        return isinstance(json.loads(content), dict | list)
    except ValueError:
        return False


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DriverError(f"cannot read {path}: {error.strerror}; check its name") from error


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise DriverError(f"cannot write {path}: {error.strerror}; choose another place") from error


def _not_there(target: Target, name: str) -> DriverError | None:
    """Return a sentence for an endpoint that is not InService, whose API says only that there is none."""
    description = kinds.found(target, kinds.ENDPOINT, name)
    if description is None:
        return NotFoundError(f"no endpoint is called {name}: `./launch.py list{target.flags}` shows what there is")
    status = description["EndpointStatus"]
    if status in ("InService", "Updating"):
        return None
    return DriverError(
        f"the endpoint {name} is {status}, and answers when it is InService: "
        f"`./launch.py describe {name} --kind endpoint{target.flags}` shows it"
    )


def _document(content: bytes, content_type: str) -> object:
    return json.loads(content) if content_type.startswith(JSON) else content.decode("utf-8", "replace")


def _lines(content: bytes, content_type: str) -> list[str]:
    """Return the answer for people: JSON with each prediction on a line of its own, all else as it came."""
    if not content_type.startswith(JSON):
        return content.decode("utf-8", "replace").splitlines()
    document = json.loads(content)
    predictions = document.get("predictions") if isinstance(document, dict) else document
    each = predictions if isinstance(predictions, list) else [document]
    return [json.dumps(prediction, ensure_ascii=False) for prediction in each]
