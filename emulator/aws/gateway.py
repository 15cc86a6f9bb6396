"""Hands a request for another AWS service to moto, if it is one of those that stand behind this port."""

import functools
import io
import logging
import re
from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape

from botocore.exceptions import UnknownServiceError
from moto.moto_server.werkzeug_app import create_backend_app
from werkzeug.test import run_wsgi_app

from emulator.api import protocol
from emulator.api.call import Call
from emulator.api.errors import ApiError, not_implemented
from emulator.api.shapes import service_model
from emulator.aws import uploads
from emulator.aws.s3 import Objects
from emulator.errors import EmulatorError

SERVICES = ("s3", "sts", "iam", "ecr", "logs")
MAX_BYTES = 64 << 20  # of a body that is no content of an object: moto holds it in memory
_SAMPLE_KEYS = re.compile(rb"Action=(Get(?:Session|Federation)Token)\b")
"""What moto answers with the keys of AWS's documentation, which open nothing here."""

Environ = dict[str, Any]
StartResponse = Callable[..., Any]

log = logging.getLogger(__name__)


class Gateway:
    """A WSGI application: moto's, for `SERVICES` alone, with S3's changes kept before they are answered."""

    def __init__(self, objects: Objects):
        self._objects = objects
        self._moto = functools.cache(create_backend_app)

    def __call__(self, call: Call, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        try:
            return self._answer(call, environ, start_response)
        except ApiError as error:
            return refuse(error, call, environ, start_response)
        except (EmulatorError, OSError) as error:  # such as a full disk
            log.exception("%s failed, request %s", call.service, call.request_id)
            return refuse(ApiError("InternalError", str(error), 507), call, environ, start_response)
        except Exception:
            log.exception("%s failed, request %s", call.service, call.request_id)
            fault = f"the emulator is at fault: its log has the cause of request {call.request_id}"
            return refuse(ApiError("InternalError", fault, 500), call, environ, start_response)

    def _answer(self, call: Call, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if call.service == "sagemaker":  # signed for it, as those of its smaller services are
            raise not_implemented(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} of SageMaker")
        if call.service not in SERVICES:
            raise not_implemented(f"The service {call.service}", f"there are sagemaker, {', '.join(SERVICES)}")
        environ["RAW_URI"] = environ["REQUEST_URI"]  # as moto calls it: keys with encoded slashes are read from it
        reads = environ["REQUEST_METHOD"] in ("GET", "HEAD")
        if call.service == "s3" and reads and "partNumber=" in environ["QUERY_STRING"]:
            raise not_implemented("partNumber of GetObject", "ask for a range")  # parts are put together and forgotten
        incoming = None
        if call.service == "s3" and uploads.carries_content(environ):
            incoming = uploads.receive(environ, self._objects.new_path())
        else:
            sent = protocol.read_body(environ, MAX_BYTES)
            if call.service == "sts" and (found := _SAMPLE_KEYS.search(environ["QUERY_STRING"].encode() + b"&" + sent)):
                raise not_implemented(found[1].decode(), "use AssumeRole, whose keys work")
            environ["wsgi.input"] = io.BytesIO(sent)
        with self._objects.kept(incoming):
            body, status, headers = run_wsgi_app(self._moto(call.service), environ)
        start_response(status, headers.to_wsgi_list())
        return body


def refuse(error: ApiError, call: Call, environ: Environ, start_response: StartResponse) -> list[bytes]:
    """An error answer, in JSON for the services that speak JSON, else in XML as S3 has it."""
    if "HTTP_X_AMZ_TARGET" in environ or _speaks_json(call.service):
        return protocol.error_answer(error, call, start_response)
    parts = f"<Code>{error.code}</Code><Message>{escape(error.message)}</Message>"
    inner = f"{parts}<RequestId>{call.request_id}</RequestId>"
    body = f"<Error>{inner}</Error>"
    if call.service != "s3":
        body = f"<ErrorResponse>{body}</ErrorResponse>"
    headers = [("Content-Type", "application/xml"), ("Content-Length", str(len(body.encode())))]
    start_response(protocol.status_line(error.status), [*headers, ("x-amz-request-id", call.request_id)])
    return [body.encode()]


def _speaks_json(service: str) -> bool:
    try:
        return "json" in service_model(service).metadata["protocol"]
    except UnknownServiceError:  # what a service signs with is not always its name
        return False
