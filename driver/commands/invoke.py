"""`launch.py invoke`: one request to an endpoint."""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from driver.aws import calls, media, resources
from driver.aws.answers import Answer
from driver.aws.target import Target
from driver.commandline import flags
from driver.errors import DriverError, NotFoundError
from driver.lifecycle import send
from driver.output import Output
from driver.requests import hosting, names

DESCRIPTION = """\
Sends a request to an endpoint and prints the answer. The request is an argument, a file or standard input. Text that is
not JSON is wrapped into {"instances": [...]}, one instance per line, as all images of this repository and BlazingText
accept; with --content-type it is sent unchanged. A request costs nothing beyond the endpoint itself.

  ./launch.py invoke reviews "A wonderful film, superbly acted."
  ./launch.py invoke reviews "A dull film." --explain
  ./launch.py invoke reviews '{"instances": ["A dull film."]}'
  ./launch.py invoke reviews --file unseen.csv --accept text/csv
  head reviews.txt | ./launch.py invoke reviews"""

LARGEST = 25 * 1024 * 1024
"""Bytes of a request: InvokeEndpoint's limit of 25 MB, as AWS counts megabytes."""


@dataclass(frozen=True, kw_only=True)
class _Options(flags.SendingOptions):
    endpoint: str
    text: str | None
    file: Path | None
    content_type: str | None
    accept: str | None
    output: Path | None
    explain: bool


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    command = flags.add_command(commands, "invoke", "ENDPOINT [TEXT] ", "send a request to an endpoint", DESCRIPTION)
    command.add_argument("endpoint", metavar="ENDPOINT", help="name of the endpoint")
    command.add_argument("text", nargs="?", metavar="TEXT", help="text or JSON to send (default: standard input)")
    command.add_argument("--file", type=Path, help="file to send; its extension gives the content type")
    command.add_argument(
        "--content-type", metavar="TYPE", help="content type of the request, which is then sent unchanged"
    )
    command.add_argument("--accept", metavar="TYPE", help="media type of the answer (default: the container chooses)")
    command.add_argument("--explain", action="store_true", help="ask which words made the prediction, of an image that "
                         "can say so")  # fmt: skip
    command.add_argument("--output", type=Path, metavar="FILE", help="write the answer to this file, byte for byte")
    flags.add_sending(command)
    flags.set_run(command, run, _Options)


def run(options: _Options) -> int:
    """Run the command; return its exit code. Raises DriverError."""
    names.check_given((options.endpoint, "endpoint"))
    output = Output(options.json or options.dry_run)
    target = flags.connect(options, output, options.dry_run)
    body, content_type = _body(options)
    if options.explain:
        body = _explain(body, content_type)
    _check_size(body)
    request = hosting.invoke_endpoint(options.endpoint, body, content_type, options.accept)
    if options.dry_run:
        return send.show([request], output)
    aim = f"invoke the endpoint {options.endpoint}"
    try:
        answer = target.call(request.service, request.operation, request.parameters, aim)
    except NotFoundError as error:
        raise _explain_missing(target, options.endpoint) or error from error
    with calls.explain_errors(aim):  # the connection may still break
        content = answer["Body"].read()
    if options.output:
        _write(options.output, content)
        return 0
    answered = Answer(content, answer.get("ContentType", ""))
    output.result(answered.document(), answered.lines())
    return 0


def _body(options: _Options) -> tuple[bytes, str]:
    """Return the body and its content type."""
    if options.file and options.text is not None:
        raise DriverError("both a text and --file were given: leave one of them out")
    if options.file:
        content = _read(options.file)
        content_type = options.content_type or media.TYPES.get(options.file.suffix.lower())
        if content_type is None:
            raise DriverError(f"cannot tell the content type of {options.file.name} from its name: give --content-type")
        _check_utf8(content, content_type, str(options.file))
        return content, content_type
    if options.text is None and (sys.stdin is None or sys.stdin.isatty()):
        raise DriverError("nothing to send: give a text, --file, or something on standard input")
    source = "standard input" if options.text is None else "the text"
    content = _take(sys.stdin.buffer) if options.text is None else options.text.encode("utf-8", "surrogateescape")
    _check_utf8(content, options.content_type or media.JSON, source)
    if options.content_type:
        return content, options.content_type
    text = content.decode("utf-8-sig")
    if _is_json(text):
        return content, media.JSON
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if line.strip()]
    if not lines:
        raise DriverError("nothing to send: the text is empty")
    return json.dumps({"instances": lines}, ensure_ascii=False).encode(), media.JSON


def _explain(body: bytes, content_type: str) -> bytes:
    """Return the JSON body with `"explain": true` in it. Raises DriverError for another body."""
    kind = media.parse(content_type)
    text = body.decode("utf-8-sig" if kind.is_utf8 else "utf-8", "replace")
    if kind.name != media.JSON or not kind.is_utf8 or not _is_json(text):
        raise DriverError(f"--explain needs JSON, and this is {content_type}: give a text, or JSON with the instances")
    document = json.loads(text)
    if isinstance(document, list):
        document = {"instances": document}
    elif "instances" not in document:  # one record alone
        document = {"instances": [document]}
    return json.dumps({**document, "explain": True}, ensure_ascii=False).encode()


def _check_size(content: bytes) -> None:
    if len(content) > LARGEST:
        raise DriverError(
            f"the request has more than {LARGEST:,} bytes (25 MB), the most that an endpoint accepts: send less at "
            "once, or use `./launch.py transform`"
        )


def _check_utf8(content: bytes, content_type: str, source: str) -> None:
    """Raise DriverError when the content is not UTF-8, and its type says that it is."""
    try:
        if media.parse(content_type).is_utf8:
            content.decode()
    except UnicodeDecodeError as error:
        raise DriverError(
            f"{source} is not UTF-8: byte 0x{content[error.start]:02x} at position {error.start} ({error.reason}); "
            "convert it, such as with `iconv -f latin1 -t utf-8`, or name its charset with --content-type"
        ) from error


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _take(file: BinaryIO) -> bytes:
    """Return the content, of which no more is read than shows that it is too much. Raises DriverError for that."""
    content = file.read(LARGEST + 1)
    _check_size(content)
    return content


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return _take(file)
    except OSError as error:
        raise DriverError(f"cannot read {path}: {error.strerror}; check its name") from error


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise DriverError(f"cannot write {path}: {error.strerror}; choose another file") from error


def _explain_missing(target: Target, name: str) -> DriverError | None:
    """Return a sentence for an endpoint that is not InService, whose API says only that there is none."""
    description = resources.try_describe(target, resources.ENDPOINT, name)
    if description is None:
        return NotFoundError(f"no endpoint called {name} exists: `./launch.py list{target.flags}` lists them")
    status = description["EndpointStatus"]
    if status in ("InService", "Updating"):
        return None
    return DriverError(
        f"the endpoint {name} is {status} and answers only once it is InService: `./launch.py describe {name} --kind "
        f"endpoint{target.flags}` shows why"
    )
