"""Sends requests in their order, so that nothing is half-registered.

All files are uploaded before anything is created. When a later request is refused, the models and endpoint
configurations of earlier ones are deleted again, and the files too.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from driver.aws import calls
from driver.aws.resources import CONFIG, MODEL, Kind
from driver.aws.target import Target
from driver.errors import DriverError, NotFoundError, RefusedError
from driver.output import Output
from driver.requests.request import Request


def send(target: Target, requests: Sequence[Request], say: Callable[[str], None]) -> dict[str, Any]:
    """Send every request; AWS's answer to the last. Raises DriverError at the first that fails; none follows it."""
    answer: dict[str, Any] = {}
    uploads = [request for request in requests if request.operation == "PutObject"]
    _upload(target, uploads, say)
    made: list[Request] = []
    try:
        for request in requests:
            if request.operation != "PutObject":
                answer = target.call(request.service, request.operation, request.parameters, aim(request))
                made += [kind.delete(request.parameters[kind.key]) for kind in (MODEL, CONFIG) if _makes(request, kind)]
    except BaseException as error:
        refused = uploads if isinstance(error, RefusedError | NotFoundError) else []
        made += [
            Request("s3", "DeleteObject", {key: put.parameters[key] for key in ("Bucket", "Key")}) for put in refused
        ]
        for request in reversed(made):
            with suppress(DriverError):
                target.call(request.service, request.operation, request.parameters, aim(request))
        raise
    return answer


def show(requests: Sequence[Request], output: Output) -> int:
    """Print the requests as JSON, for --dry-run; the exit code."""
    output.result([request.document() for request in requests])
    return 0


def aim(request: Request) -> str:
    """Say what a request is for, to continue `cannot ...`.

    Example:
        >>> aim(Request("sagemaker", "CreateModel", {"ModelName": "reviews"}))
        'create the model reviews'
    """
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in request.operation).split()
    verb, thing = words[0], " ".join(words[1:]).replace("hyper parameter ", "").replace(" config", " configuration")
    name = next((value for key, value in request.parameters.items() if key.endswith("Name")), "")
    return f"{verb} the {thing} {name}".rstrip()


def _makes(request: Request, kind: Kind) -> bool:
    return request.operation == f"Create{kind.api_name}"


def _upload(target: Target, puts: Sequence[Request], say: Callable[[str], None]) -> None:
    opened = [put.file for put in puts if put.file]
    for path in opened:
        _open(path).close()  # before anything is sent, so that an unreadable file leaves nothing behind
    if not puts:
        return
    size = sum(path.stat().st_size for path in opened)
    say(
        f"uploading {len(puts)} file{'s' if puts[1:] else ''}, {_megabytes(size)}, to s3://{puts[0].parameters['Bucket']}"
    )
    client = target.client("s3")
    for number, put in enumerate(puts, start=1):
        parameters = dict(put.parameters)
        bucket, key = parameters.pop("Bucket"), parameters.pop("Key")
        try:
            with _open(put.file) as file, calls.explain_errors(f"upload {put.file} to s3://{bucket}/{key}"):
                client.upload_fileobj(file, bucket, key, ExtraArgs=parameters)  # in parts where it is large
        except DriverError as error:
            done = f"{number - 1} of {len(puts)} files were uploaded" if number > 1 else "nothing was uploaded"
            raise DriverError(
                f"{error}; nothing was started, {done}, and the same command uploads everything again"
            ) from error


def _open(path: Path | None) -> BinaryIO:
    if path is None:
        raise ValueError("a PutObject without a file")
    try:
        return path.open("rb")
    except OSError as error:
        raise DriverError(f"cannot read {path}: {error.strerror}; check the file and its permissions") from error


def _megabytes(size: int) -> str:
    """Say a number of bytes.

    Example:
        >>> _megabytes(1_500_000), _megabytes(1_200)
        ('1.5 MB', '1.2 kB')
    """
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.1f} kB"
