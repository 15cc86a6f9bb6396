"""CloudWatch's requests and answers: in AWS's JSON protocol, and in Query, as clients had it until 2025."""

import datetime
import json
from collections.abc import Callable, Iterable
from typing import Any

from moto.core.serialize import SerializationContext, get_serializer_class
from moto.core.utils import get_service_model

from emulator.api import protocol
from emulator.api.call import Call
from emulator.api.errors import not_implemented
from emulator.aws import gateway, requests
from emulator.cloudwatch.operations import OPERATIONS
from emulator.platform import Platform

SERVICE = "cloudwatch"
SIGNED_FOR = "monitoring"  # the service's name in signatures


def answer(
    platform: Platform, call: Call, environ: requests.Environ, start_response: Callable[..., Any]
) -> Iterable[bytes]:
    """Answer one request."""
    speaks_json = "HTTP_X_AMZ_TARGET" in environ
    try:
        body = protocol.read_body(environ, protocol.MAX_BYTES)
        if "/operation/" in environ["PATH_INFO"]:
            raise not_implemented("CloudWatch in CBOR", "choose the JSON or the Query protocol")
        if speaks_json:
            name, request = requests.parse_json(SERVICE, environ, body, _require)
        else:
            name, request, _ = requests.parse_query(SERVICE, environ, body, _require)
        result = OPERATIONS[name](platform.metrics, request)
    except Exception as error:  # noqa: BLE001 (every request is answered)
        return gateway.refuse(protocol.failure("CloudWatch", call, error), call, environ, start_response)
    answered = json.dumps(result).encode() if speaks_json else _as_xml(name, call, result)
    content_type = "application/x-amz-json-1.0" if speaks_json else "text/xml"
    headers = [("Content-Type", content_type), ("Content-Length", str(len(answered)))]
    start_response("200 OK", [*headers, ("x-amzn-RequestId", call.request_id)])
    return [answered]


def _require(name: str) -> None:
    if name not in OPERATIONS:
        raise not_implemented(f"{name} of CloudWatch", f"the emulator has {', '.join(OPERATIONS)}")


def _as_xml(name: str, call: Call, result: dict[str, Any]) -> bytes:
    operation = get_service_model(SERVICE).operation_model(name)
    serializer = get_serializer_class(SERVICE, "query")(operation, SerializationContext(call.request_id))
    body: str = serializer.serialize(_with_times(result))["body"]
    return body.encode()


def _with_times(value: Any, name: str = "") -> Any:
    """The answer with its times as the serializer has them."""
    if isinstance(value, dict):
        return {member: _with_times(each, member) for member, each in value.items()}
    if isinstance(value, list):
        return [_with_times(each, name) for each in value]
    return datetime.datetime.fromtimestamp(value, datetime.UTC) if name in ("Timestamp", "Timestamps") else value
