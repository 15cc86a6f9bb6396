"""A request and its answer, as the server and the application hand them to each other."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from types import MappingProxyType
from typing import NamedTuple

ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"
ID = "x-amzn-sagemaker-inference-id"
NO_HEADERS: Mapping[str, str] = MappingProxyType({})

_PHRASES = {status.value: status.phrase for status in HTTPStatus}


@dataclass(slots=True)
class Request:
    """A whole request. `path` is decoded, without the query; names of headers are in lower case.

    `keep` is whether its client may send another one on the same connection.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    keep: bool = True


class Answer(NamedTuple):
    """An answer; `headers` are those besides Content-Type and what HTTP itself needs."""

    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] = NO_HEADERS

    def render(self, keep: bool, *, head_only: bool = False) -> bytes:
        """Its bytes; `keep` is whether the connection stays open, `head_only` whether HEAD was asked."""
        more = "".join([f"{name}: {value}\r\n" for name, value in self.headers.items()]) if self.headers else ""
        head = (
            f"HTTP/1.1 {self.status} {_PHRASES[self.status]}\r\nDate: {_date(int(time.time()))}\r\n{more}"
            f"Content-Type: {self.content_type}\r\nContent-Length: {len(self.body)}\r\n"
            f"Connection: {'keep-alive' if keep else 'close'}\r\n\r\n"
        ).encode("latin-1")
        return head if head_only else head + self.body


@lru_cache(maxsize=1)
def _date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)
