"""Requests written byte by byte, signed where they are whole enough for that, and what is answered to them."""

import contextlib
import http.client
import json
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from emulator.api.shapes import service_model
from tests.emulator.running import RunningEmulator

SECONDS = 20  # for an answer, on a busy machine


@dataclass(frozen=True)
class Answer:
    """What came back: `body` is empty where nothing but a status may come."""

    status: int
    content_type: str
    body: bytes

    @property
    def code(self) -> str | None:
        """AWS's code of an error, in XML or JSON, if the body has one."""
        if "json" in self.content_type:
            return str(json.loads(self.body)["__type"])
        found = re.search(r"<Code>(\w+)</Code>", self.body.decode())
        return found[1] if found else None


class _S3Auth(S3SigV4Auth):
    """Leaves a hash of the body that is given, such as STREAMING-UNSIGNED-PAYLOAD-TRAILER, as it is."""

    def payload(self, request: AWSRequest) -> str:
        return self._given or str(super().payload(request))

    def _modify_request_before_signing(self, request: AWSRequest) -> None:
        self._given = request.headers.get("x-amz-content-sha256")
        super()._modify_request_before_signing(request)


def signed(
    server: RunningEmulator, service: str, method: str, target: str, headers: Mapping[str, str], body: bytes
) -> bytes:
    """Return a request with a signature in its headers; the credentials are those of the emulator's own clients."""
    key = Credentials(server.key["aws_access_key_id"], server.key["aws_secret_access_key"])
    request = AWSRequest(method, f"{server.endpoint_url}{target}", dict(headers), body)
    sign = _S3Auth if service == "s3" else SigV4Auth
    sign(key, service_model(service).signing_name, "us-east-1").add_auth(request)
    lines = {"Host": server.endpoint_url.removeprefix("http://"), "Content-Length": str(len(body))}
    lines |= {name: str(value) for name, value in request.headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {target} HTTP/1.1\r\n{head}Connection: close\r\n\r\n".encode("latin-1") + body


def sent(server: RunningEmulator, request: bytes, method: str = "GET") -> Answer:
    """Send the bytes, and nothing after them, and return the answer."""
    host, port = server.endpoint_url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), SECONDS) as connection:
        with contextlib.suppress(ConnectionError):  # it has heard enough, and answers
            connection.sendall(request)
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
        response = http.client.HTTPResponse(connection, method=method)
        response.begin()
        return Answer(response.status, response.headers.get("Content-Type", ""), response.read())
