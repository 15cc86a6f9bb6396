"""What a request asks of a service that moto answers: its operation's name, its members as AWS's model has them.

moto trusts its requests. Here each is read with botocore's service model first, so that a malformed one gets the
service's own error; what moto lacks, or would take for another operation, is refused by name.
"""

import functools
import importlib
import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

from botocore.utils import parse_timestamp
from moto.core.parse import QueryParser
from moto.core.utils import camelcase_to_underscores, get_service_model, method_names_from_class
from werkzeug.datastructures import MultiDict

from emulator.api import protocol
from emulator.api.errors import ApiError, not_implemented
from emulator.api.shapes import check
from emulator.aws import identity

MAX_FIELDS = 10_000  # of a form, far above what any operation has
_INSTEAD = MappingProxyType(dict.fromkeys(("GetSessionToken", "GetFederationToken"), "use AssumeRole, whose keys work"))
"""Operations that moto answers with the keys of AWS's documentation, which open nothing here; what to do instead."""

Environ = dict[str, Any]


Require = Callable[[str], None]
"""Raises ApiError for an operation that is not there."""


def parse_json(service: str, environ: Environ, body: bytes, require: Require) -> tuple[str, Any]:
    """Return the operation and the members of a request in AWS's JSON protocol, checked. Raises ApiError."""
    model = get_service_model(service)
    target: str = environ.get("HTTP_X_AMZ_TARGET", "")
    prefix, _, name = target.rpartition(".")
    if environ["REQUEST_METHOD"] != "POST" or prefix != model.metadata["targetPrefix"]:
        wanted = f"POST a request whose X-Amz-Target is {model.metadata['targetPrefix']}.OPERATION"
        raise ApiError("UnknownOperationException", f"This is not an operation of {service}: {wanted}")
    if name not in model.operation_names:
        raise ApiError("UnknownOperationException", f"{service} has no operation {name}")
    require(name)
    operation, request = model.operation_model(name), protocol.parse(name, body)
    if operation.input_shape is not None:
        raises = {shape.name for shape in operation.error_shapes}
        is_newer = "ValidationException" in raises and "InvalidParameterException" not in raises
        with as_code("ValidationException", "ValidationException" if is_newer else "InvalidParameterException"):
            check(operation.input_shape, request)
    return name, protocol.without_nulls(request)


def parse_query(service: str, environ: Environ, body: bytes, require: Require) -> tuple[str, dict[str, Any], bytes]:
    """Return the operation and the members of a request in AWS's Query protocol, checked, and its form.

    The form is in the body or in the URL. Raises ApiError.
    """
    model = get_service_model(service)
    form = body if environ["REQUEST_METHOD"] == "POST" and body else environ["QUERY_STRING"].encode("latin-1")
    with refusing("MalformedQueryString", "The request is not a form of UTF-8 text"):
        fields = parse_qsl(form.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
        values: MultiDict[str, str] = MultiDict(fields)
        if "\0" in "".join(f"{name}{value}" for name, value in fields):
            raise ValueError("it has a null character")
    name, version = values.get("Action", ""), values.get("Version", "NO_VERSION_SPECIFIED")
    if not name:
        raise ApiError("MissingAction", "The request does not name an operation: give the parameter Action")
    if name not in model.operation_names or version != model.api_version:
        message = f"Could not find operation {name} for version {version}: the version is {model.api_version}"
        raise ApiError("InvalidAction", message)
    require(name)
    operation = model.operation_model(name)
    with refusing("ValidationError", f"A parameter of {name} is not of its type"):
        request = QueryParser(operation, timestamp_parser=seconds).parse({"values": values})
    if operation.input_shape is not None:
        with as_code("ValidationException", "ValidationError"):
            check(operation.input_shape, request)
    return name, request, form


def read_json(service: str, environ: Environ, body: bytes) -> str:
    """Return the operation of a request in AWS's JSON protocol, and leave moto what was checked. Raises ApiError."""
    name, request = parse_json(service, environ, body, functools.partial(_require_implemented, service))
    if b"null" in body:  # perhaps a member, which moto would take for one that was given
        body = json.dumps(request).encode()
    _put_body(environ, body, "application/x-amz-json-1.1")
    return name


def read_query(service: str, environ: Environ, body: bytes) -> str:
    """Return the operation of a request in AWS's Query protocol, and leave moto what was checked. Raises ApiError."""
    name, request, form = parse_query(service, environ, body, functools.partial(_require_implemented, service))
    for member, value in request.items():
        if member.endswith("PolicyDocument"):
            with refusing("MalformedPolicyDocument", f"{member} is not a policy in JSON"):
                json.loads(value)["Version"]
    _put_body(environ, form, "application/x-www-form-urlencoded")
    return name


def implements(service: str, name: str) -> bool:
    """Whether moto has an operation that does something here."""
    return camelcase_to_underscores(name) in _methods(service) and name not in _INSTEAD


def _require_implemented(service: str, name: str) -> None:
    if not implements(service, name):
        raise not_implemented(f"{name} of {service}", *filter(None, [_INSTEAD.get(name)]))


@functools.cache
def _methods(service: str) -> frozenset[str]:
    paths: Mapping[str, Any] = importlib.import_module(f"moto.{service}.urls").url_paths
    responses = identity.RESPONSES.get(service) or next(iter(paths.values())).__self__
    return frozenset(method_names_from_class(responses))


def seconds(value: str) -> float:
    """Return a time in any of AWS's forms in seconds since 1970, as `check` reads times. Raises ValueError."""
    return float(parse_timestamp(value).timestamp())


@contextmanager
def refusing(code: str, sentence: str) -> Iterator[None]:
    """Raise ApiError for whatever goes wrong inside, where nothing but the request is looked at."""
    try:
        yield
    except ApiError:
        raise
    except Exception as error:
        raise ApiError(code, f"{sentence}: {str(error) or type(error).__name__}") from error


@contextmanager
def as_code(code: str, instead: str) -> Iterator[None]:
    """Give an error of that code, raised inside, the code that the service has for it."""
    try:
        yield
    except ApiError as error:
        raise ApiError(instead if error.code == code else error.code, error.message, error.status) from None


def _put_body(environ: Environ, body: bytes, content_type: str) -> None:
    """Leave what was checked, and nothing else, for moto to read: it takes an Action from a URL before all else."""
    path = {"PATH_INFO": "/", "RAW_URI": "/", "QUERY_STRING": "", "REQUEST_METHOD": "POST"}
    environ |= {**path, "CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}


READERS: Mapping[str, Callable[[str, Environ, bytes], str]] = MappingProxyType(
    {
        "sts": read_query,
        "iam": read_query,
        "ecr": read_json,
        "logs": read_json,
    }
)
"""Of each service but S3: what reads its requests."""
