"""Hands a request for another AWS service to moto, if it is one of those that stand behind this port."""

import functools
import io
import logging
import re
import traceback
from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape

from botocore.exceptions import UnknownServiceError
from werkzeug.test import run_wsgi_app

from emulator.api import protocol
from emulator.api.call import Call
from emulator.api.errors import ApiError, not_implemented
from emulator.api.shapes import service_model
from emulator.auth import chunks
from emulator.aws import addressing, elsewhere, identity, requests, s3requests, uploads
from emulator.aws.requests import Environ
from emulator.aws.s3 import Objects
from emulator.errors import EmulatorError

XML = "application/xml"  # whatever a client says of such a body: moto would look for a form in one of a form's type
MAX_BYTES = 64 << 20  # of a body that is not an object's content: moto holds it in memory
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # characters that it cannot have
_INVALID = {
    "ecr": "InvalidParameterException",
    "logs": "InvalidParameterException",
    "sts": "ValidationError",
    "iam": "ValidationError",
}
_CODES = {403: "AccessDenied", 404: "NoSuchKey", 405: "MethodNotAllowed", 411: "MissingContentLength"}

StartResponse = Callable[..., Any]

log = logging.getLogger(__name__)


class Gateway:
    """A WSGI application: moto's, for a few services, with S3's changes kept before they are answered."""

    def __init__(self, objects: Objects):
        self._objects = objects
        self._moto = functools.cache(identity.application)

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
            fault = f"the emulator is at fault: its log has the cause for request {call.request_id}"
            return refuse(ApiError("InternalError", fault, 500), call, environ, start_response)

    def _answer(self, call: Call, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        incoming = None
        if call.service == "s3":
            addressing.path_style(environ)
            asked = s3requests.parse(environ)
            name = asked.name
            if name in s3requests.HAS_CONTENT:
                incoming = uploads.receive(environ, self._objects.new_path())
            else:
                if chunks.VARIABLE in environ:  # nobody would check their signatures
                    raise not_implemented(f"{name} with a body in signed chunks", "send it plain")
                body = protocol.read_body(environ, MAX_BYTES)
                asked.check_body(body)
                environ |= {"wsgi.input": io.BytesIO(body), **({"CONTENT_TYPE": XML} if body and asked.model else {})}
        elif read := requests.READERS.get(call.service):
            name = read(call.service, environ, protocol.read_body(environ, MAX_BYTES))
        else:
            raise elsewhere.refusal(call.service, environ, protocol.read_body(environ, MAX_BYTES))
        with self._objects.persisting(incoming):
            answer, status, headers = self._carry_out(call, name, environ)
        start_response(status, headers)
        return answer

    def _carry_out(self, call: Call, name: str, environ: Environ) -> tuple[Iterable[bytes], str, Any]:
        """moto's answer. Raises ApiError for what moto could not do with the request, or said in no form of AWS's."""
        try:
            body, status, headers = run_wsgi_app(self._moto(call.service), environ)
        except NotImplementedError:
            raise not_implemented(f"{name} of {call.service} with these parameters") from None
        except (ApiError, EmulatorError, OSError):
            raise
        except Exception as error:
            if not fault_of_moto(error):
                raise
            log.warning("%s, request %s", name, call.request_id, exc_info=True)
            why = f"{type(error).__name__}: {error}"
            raise ApiError(
                _INVALID.get(call.service, "InvalidRequest"),
                f"{name} failed: moto, which answers for {call.service}, says {why}",
            ) from error
        code = int(status.split(" ", 1)[0])
        if code >= 400 and environ["REQUEST_METHOD"] != "HEAD":
            said = b"".join(body)
            if not said.startswith((b"<?xml", b"<Error", b"{")):
                reason = said.decode("utf-8", "replace") if said.isascii() and b"<" not in said else ""
                raise ApiError(_CODES.get(code, "InvalidRequest"), reason or f"{name} is refused: {status}", code)
            body = [said]
        return body, status, headers.to_wsgi_list()


def fault_of_moto(error: BaseException) -> bool:
    """Whether an error was raised by moto, or what it calls, rather than by us: then it is the request's fault.

    moto reads a request as it goes along; what it stumbles over there has passed what we check before.
    """
    frames = (
        frame.f_globals.get("__name__", "").partition(".")[0] for frame, _ in traceback.walk_tb(error.__traceback__)
    )
    return [name for name in frames if name in ("moto", "emulator")][-1:] == ["moto"]


def refuse(error: ApiError, call: Call, environ: Environ, start_response: StartResponse) -> list[bytes]:
    """An error answer, in JSON for the services that speak JSON, else in XML as S3 has it."""
    if "HTTP_X_AMZ_TARGET" in environ or _speaks_json(call.service):
        return protocol.error_answer(error, call, start_response)
    told = {"Code": error.code, "Message": error.message, **error.members}
    parts = "".join(f"<{name}>{escape(_NOT_XML.sub('?', value))}</{name}>" for name, value in told.items())
    inner = f"{parts}<RequestId>{call.request_id}</RequestId>"
    body = f"<Error>{inner}</Error>"
    if call.service != "s3":
        body = f"<ErrorResponse>{body}</ErrorResponse>"
    content = b"" if environ["REQUEST_METHOD"] == "HEAD" else body.encode()
    headers = [("Content-Type", XML), ("Content-Length", str(len(content)))]
    start_response(protocol.status_line(error.status), [*headers, ("x-amz-request-id", call.request_id)])
    return [content]


def _speaks_json(service: str) -> bool:
    try:
        return "json" in service_model(service).metadata["protocol"]
    except UnknownServiceError:  # what a service signs with is not always its name
        return False
