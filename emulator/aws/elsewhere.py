"""Names what was asked of a service, or of a part of SageMaker, that is not there."""

import re
from urllib.parse import parse_qs

from moto.core.request import Request
from moto.core.routing import get_service_router

from emulator.api.errors import ApiError, not_implemented
from emulator.aws.requests import READERS, Environ

_PARTS_OF_SAGEMAKER = (
    "sagemaker-runtime",
    "sagemaker-featurestore-runtime",
    "sagemaker-a2i-runtime",
    "sagemaker-metrics",
    "sagemaker-edge",
    "sagemaker-geospatial",
)
_RPC = re.compile(r"/service/[^/]+/operation/(\w+)")


def refusal(service: str, environ: Environ, body: bytes) -> ApiError:
    """Return the answer to a request for such a service: it names the operation."""
    if service == "sagemaker":  # signed for it, as those of its smaller services are
        return not_implemented(f"{_operation(_PARTS_OF_SAGEMAKER, environ, body)} of SageMaker")
    instead = f"the emulator has sagemaker, s3, cloudwatch, {', '.join(READERS)}"
    return not_implemented(f"{_operation((service,), environ, body)} of the service {service}", instead)


def _operation(services: tuple[str, ...], environ: Environ, body: bytes) -> str:
    """What the request calls its operation; else what a model of botocore's calls it; else its method and path."""
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return str(target).rpartition(".")[2]
    if found := _RPC.fullmatch(environ["PATH_INFO"]):
        return found[1]
    form = f"{environ['QUERY_STRING']}&{body[:10_000].decode('latin-1')}"
    if action := parse_qs(form).get("Action"):
        return action[0]
    request = Request({**environ, "RAW_URI": environ["REQUEST_URI"], "HTTP_HOST": "127.0.0.1"})
    for service in services:
        try:
            return str(get_service_router(service).match(request)[0].name)
        except Exception:  # noqa: BLE001, S112 (no such service, or no such path in it: a name is a courtesy)
            continue
    return f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
