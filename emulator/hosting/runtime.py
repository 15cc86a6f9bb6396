"""SageMaker Runtime: InvokeEndpoint, over AWS's REST protocol."""

import re
import time
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from emulator.api.call import ACCOUNT, Call
from emulator.api.errors import ApiError, unsupported
from emulator.api.protocol import error_answer, failure, read_body
from emulator.api.shapes import check, service_model
from emulator.errors import ModelError
from emulator.hosting import capture, deploy, endpoints, usage
from emulator.platform import Platform
from emulator.serving.container import CUSTOM_ATTRIBUTES, INVOCATION_SECONDS, NO_ANSWER, Invocation
from emulator.serving.fleet import UnknownVariantError, Variant
from emulator.serving.instance import NoContainerError
from emulator.state.records import UnknownError

MAX_BODY_BYTES = 25 * 1024 * 1024  # the developer guide's limit; the service model still has the older 6,291,456
INFERENCE_ID = "X-Amzn-SageMaker-Inference-Id"
SUPPORTED = frozenset(
    {"EndpointName", "Body", "ContentType", "Accept", "CustomAttributes", "TargetVariant", "InferenceId"}
)
_PATH = re.compile(r"/endpoints/([^/]+)/(invocations|async-invocations|invocations-response-stream)")
_OPERATIONS = MappingProxyType(
    {
        "invocations": "InvokeEndpoint",
        "async-invocations": "InvokeEndpointAsync",
        "invocations-response-stream": "InvokeEndpointWithResponseStream",
    }
)
_TO_CONTAINER = MappingProxyType({"CustomAttributes": CUSTOM_ATTRIBUTES, "InferenceId": INFERENCE_ID})


def is_for(call: Call, environ: Mapping[str, Any]) -> bool:
    """Whether a request is for SageMaker Runtime, and not for an S3 bucket called endpoints."""
    return call.service == "sagemaker" and bool(_PATH.fullmatch(environ["PATH_INFO"]))


def answer(
    platform: Platform, call: Call, environ: Mapping[str, Any], start_response: Callable[..., Any]
) -> Iterable[bytes]:
    """Answer one request."""
    try:
        variant, reply = _invoke(platform, call, environ)
    except Exception as error:  # noqa: BLE001 (every request is answered)
        return error_answer(_as_runtime_has_it(failure("InvokeEndpoint", call, error)), call, start_response)
    headers = {
        "Content-Type": reply.content_type,
        "Content-Length": str(len(reply.body)),
        "x-Amzn-Invoked-Production-Variant": variant.name,
        CUSTOM_ATTRIBUTES: reply.custom_attributes,
        "x-amzn-RequestId": call.request_id,
    }
    start_response("200 OK", [(name, value) for name, value in headers.items() if value])
    return [reply.body]


def _invoke(platform: Platform, call: Call, environ: Mapping[str, Any]) -> tuple[Variant, Invocation]:
    body = read_body(environ, MAX_BODY_BYTES)  # first: a caller that still sends does not read the answer
    arrived = time.perf_counter()
    request = _request(environ)
    endpoint = request["EndpointName"]
    try:
        with platform.fleet.borrow(endpoint, request.get("TargetVariant")) as borrowed:
            if borrowed is None:
                raise _not_in_service(platform, endpoint)
            variant, instance = borrowed
            sent = {header: request[member] for member, header in _TO_CONTAINER.items() if member in request}
            sends = time.perf_counter()
            try:
                reply = instance.invoke(body, request.get("ContentType"), request.get("Accept"), sent)
                usage.count(platform.metrics, endpoint, variant, arrived, sends)
                if variant.capture:
                    bodies = body, reply.body, reply.content_type
                    capture.keep(platform.objects, variant.capture, call, (endpoint, variant.name), request, bodies)
                return variant, reply
            except ModelError as error:
                usage.count(platform.metrics, endpoint, variant, arrived, sends, error.original_status_code or 500)
                raise _model_error(call, endpoint, variant, error) from error
            except NoContainerError as error:
                why = f"The container of variant {variant.name} ended and is being restarted: {error}"
                raise ApiError("ServiceUnavailable", why, 503) from error
    except UnknownVariantError as error:
        raise ApiError("ValidationError", f"Variant {error} not found for endpoint {endpoint}.") from error


def _request(environ: Mapping[str, Any]) -> dict[str, str]:
    """The members of InvokeEndpoint's shape that came as path and headers, checked."""
    found = _PATH.fullmatch(environ["PATH_INFO"])
    if found is None or environ["REQUEST_METHOD"] != "POST":
        raise ApiError("UnknownOperationException", "SageMaker Runtime takes only POST requests", 404)
    operation = _OPERATIONS[found[2]]
    if operation != "InvokeEndpoint":
        raise unsupported(operation, "use InvokeEndpoint")
    shape = service_model("sagemaker-runtime").operation_model(operation).input_shape
    assert shape is not None  # noqa: S101 (botocore types it for operations without input too)
    request = {"EndpointName": found[1]}
    for name, member in shape.members.items():
        if member.serialization.get("location") == "header":
            value = environ.get(_variable(member.serialization["name"]))
            if value:
                request[name] = value
    check(shape, {**request, "Body": b""})
    for name in request:
        if name not in SUPPORTED:
            raise unsupported(name)
    return request


def _variable(header: str) -> str:
    """The name of a header in a WSGI environment."""
    name = header.upper().replace("-", "_")
    return name if name == "CONTENT_TYPE" else f"HTTP_{name}"


def _not_in_service(platform: Platform, endpoint: str) -> ApiError:
    try:
        status = platform.store.get(endpoints.KIND.name, endpoint)["EndpointStatus"]
    except UnknownError:
        return ApiError("ValidationError", f"Endpoint {endpoint} of account {ACCOUNT} not found.")
    return ApiError("ValidationError", f"Endpoint {endpoint} of account {ACCOUNT} is not in service: it is {status}.")


def _model_error(call: Call, endpoint: str, variant: Variant, error: ModelError) -> ApiError:
    """Worded as AWS words it; status 0 means that the container gave no answer."""
    status, said = error.original_status_code, error.original_message
    if status == NO_ANSWER and isinstance(error.__cause__, TimeoutError):
        said = (
            f"Your invocation timed out while waiting for a response from container {variant.container}: it did not "
            f"complete its answer within {INVOCATION_SECONDS:.0f} s. See its log for the cause."
        )
    side = "client" if 400 <= status < 500 else "server"
    group = deploy.log_group(endpoint)
    console = f"https://{call.region}.console.aws.amazon.com/cloudwatch/home?region={call.region}"
    message = (
        f'Received {side} error ({status}) from {variant.container} with message "{said}". See '
        f"{console}#logEventViewer:group={group} in account {ACCOUNT} for more information."
    )
    arn = f"arn:{call.partition}:logs:{call.region}:{ACCOUNT}:log-group:{group}"
    return ApiError("ModelError", message, 424, OriginalStatusCode=status, OriginalMessage=said, LogStreamArn=arn)


def _as_runtime_has_it(error: ApiError) -> ApiError:
    """Runtime says ValidationError where the rest of SageMaker says otherwise."""
    if error.code not in ("ValidationException", "RequestEntityTooLargeException"):
        return error
    return ApiError("ValidationError", error.message, error.status, **error.members)
