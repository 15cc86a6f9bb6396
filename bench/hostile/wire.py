"""The bytes of hostile HTTP requests."""

import random
from dataclasses import dataclass

from bench.hostile.jobs import Job
from bench.hostile.mutations import BYTES, TEXTS, damaged

HUNG_UP, NOT_WAITED = "hung up", "not waited for"

TYPES = ("application/json", "application/jsonlines", "text/csv", "text/plain", "text/libsvm")
ODD_TYPES = (
    "text/csv; header=present", "text/csv;charset=utf-16", "application/json;q=2;;=", "*/*", "a", "",
    "text/csv, text/plain", "x" * 5_000, "text/\xfc", "application/x-npy", "multipart/form-data; boundary=x",
    "image/png", "text/csv;q=x, */*;q=0",
)  # fmt: skip
PATHS = (
    "/ping",
    "/",
    "//invocations",
    "/invocations/..",
    "/%2e%2e/",
    "/models",
    "/execution-parameters?a=%zz",
    "/\xfc",
    "/invocations?" + "a" * 3_000,
)
METHODS = ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "post")
HEADERS = (
    "Transfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked\r\nContent-Length: 3",
    "Content-Length: -1", "Content-Length: 1e3", "Content-Length: 5\r\nContent-Length: 6",
    "Content-Length: 99999999999999999999", "Expect: x", "Content-Encoding: gzip", "SCRIPT_NAME: /x", "SCRIPT-NAME: /x",
    "X-Forwarded-Proto: https", "Host: a\r\nHost: b", "Connection: upgrade", "Upgrade: h2c", "X: " + "y" * 20_000,
    ": x", "A B: c", "X: \x00", " folded: x", "X-Amzn-SageMaker-Custom-Attributes: \xff", "Range: bytes=0-1",
)  # fmt: skip
LINES = (
    b"GET", b"GET /ping", b"GET /ping HTTP/0.9\r\n\r\n", b"GET /ping HTTP/9.9\r\n\r\n", b"\r\n\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"CONNECT a:1 HTTP/1.1\r\n\r\n",
    b"GET http://[ HTTP/1.1\r\n\r\n", b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\n\r\n",
)  # fmt: skip


@dataclass(frozen=True)
class Attempt:
    """The bytes to send, and what may come instead of an answer: for half a request, that the server hangs up."""

    content: bytes
    instead: str = ""


def make(job: Job, rng: random.Random) -> Attempt:
    """Return one request: most are HTTP around a damaged body, the others are damaged as HTTP."""
    way = rng.random()
    kind, body = job.media_type, damaged(rng, job.request[1])
    if way < 0.6:
        return Attempt(http("POST", "/invocations", kind, body))
    if way < 0.75:
        kind = rng.choice(TYPES + ODD_TYPES)
        body = rng.choice((body, rng.choice(TEXTS).encode(), rng.choice(BYTES), many(rng)))
        return Attempt(http("POST", "/invocations", kind, body, f"Accept: {rng.choice(TYPES + ODD_TYPES)}"))
    if way < 0.8:
        return Attempt(http(rng.choice(METHODS), rng.choice((*PATHS, "/invocations")), kind, body))
    if way < 0.88:
        return Attempt(http("POST", "/invocations", kind, body, rng.choice(HEADERS)), HUNG_UP)
    if way < 0.94:
        whole = http("POST", "/invocations", kind, body)
        return Attempt(whole[: rng.randrange(len(whole))], rng.choice((HUNG_UP, NOT_WAITED)))
    return Attempt(rng.choice((*LINES, damaged(rng, http("POST", "/invocations", kind, body)))), HUNG_UP)


def many(rng: random.Random) -> bytes:
    """Many records of one letter or number, in one of the forms that hold many."""
    count = rng.choice((1_000, 10_000, 10_000, 100_000) if rng.random() < 0.1 else (10, 100))
    return rng.choice(
        (b"a\n" * count, b'{"instances":[' + b'"a",' * count + b'"a"]}', b'{"text":"a"}\n' * count, b"1,2\n" * count)
    )


def http(method: str, path: str, kind: str, body: bytes, *headers: str) -> bytes:
    """Return a request whose framing is right."""
    head = [f"{method} {path} HTTP/1.1", "Host: x", f"Content-Type: {kind}", *headers]
    if not any(header.lower().startswith(("content-length", "transfer-encoding")) for header in headers):
        head.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*head, "Connection: close", "", ""]).encode("latin-1") + body
