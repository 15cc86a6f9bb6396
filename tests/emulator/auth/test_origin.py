"""What a web page, or a name that leads here, may have sent; and that no answer opens the emulator to pages."""

import http.client
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from tests.emulator.running import RunningEmulator

Answer = tuple[int, bytes, http.client.HTTPMessage]
Send = Callable[..., Answer]


@pytest.fixture(scope="module", params=[(), ("--open",)], ids=["key", "open"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEmulator]:
    """An emulator with a bucket whose rules would let every page in."""
    emulator = RunningEmulator(tmp_path_factory.mktemp("emulator") / "state", *request.param)
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="key", Body=b"content", ACL="public-read")
    rules = [{"AllowedMethods": ["GET", "PUT", "POST", "DELETE"], "AllowedOrigins": ["*"], "AllowedHeaders": ["*"]}]
    s3.put_bucket_cors(Bucket="bucket", CORSConfiguration={"CORSRules": rules})
    yield emulator
    emulator.end()


@pytest.fixture
def send(running: RunningEmulator) -> Send:
    """Sends a request of S3's that is signed as it should be, with further headers."""

    def sent(method: str, path: str, **headers: str) -> Answer:
        connection = http.client.HTTPConnection(urlsplit(running.endpoint_url).netloc, timeout=30)
        host = {"Host": headers.pop("Host")} if "Host" in headers else {}
        signed = running.signed("s3", method, path, **host)
        connection.request(method, path, headers={**signed, **headers})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content, answer.headers

    return sent


def test_a_signed_request_is_answered(send: Send) -> None:
    assert send("GET", "/bucket/key")[:2] == (200, b"content")


@pytest.mark.parametrize(
    ("headers", "sentence"),
    [
        ({"Origin": "http://evil.example"}, b"The request has an Origin header"),
        ({"Origin": "null"}, b"The request has an Origin header"),
        ({"Origin": ""}, b"The request has an Origin header"),
        ({"Origin": "http://127.0.0.1:4580"}, b"The request has an Origin header"),
        ({"Sec-Fetch-Site": "cross-site"}, b"The request comes from a web page"),
        ({"Sec-Fetch-Site": "same-site"}, b"The request comes from a web page"),
        ({"Sec-Fetch-Site": "same-origin"}, b"The request comes from a web page"),
        ({"Host": "evil.example"}, b"The Host of the request is 'evil.example'"),
        ({"Host": "127.0.0.1.evil.example"}, b"The Host of the request is '127.0.0.1.evil.example'"),
        ({"Host": "evil.example:4580"}, b"The Host of the request is"),
        ({"Host": "evillocalhost"}, b"The Host of the request is"),
        ({"Host": "127.0.0.2"}, b"The Host of the request is"),
        ({"Host": ""}, b"The Host of the request is ''"),
        ({"Host": "a@127.0.0.1"}, b"The Host of the request is"),
        ({"Host": "<b>\x01.example"}, b"The Host of the request is"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST", "OPTIONS"])
def test_pages_are_refused_though_the_signature_is_right(
    send: Send, method: str, headers: dict[str, str], sentence: bytes
) -> None:
    status, content, answered = send(method, "/bucket/key", **headers)
    assert (status, answered["Content-Type"]) == (403, "application/xml")
    assert b"<Code>AccessDenied</Code>" in content
    assert sentence in content
    assert not [name for name in answered if name.lower().startswith("access-control-")]
    assert send("GET", "/bucket/key")[:2] == (200, b"content")


def test_the_status_page_is_not_for_pages(send: Send) -> None:
    status, content, _ = send("GET", "/_emulator/status", Origin="http://evil.example")
    assert status == 403
    assert b"pid" not in content


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:4580", "127.0.0.1:1", "127.0.0.1"])
def test_names_of_this_machine(send: Send, host: str) -> None:
    assert send("GET", "/bucket/key", Host=host)[:2] == (200, b"content")


@pytest.mark.parametrize("host", ["bucket.localhost", "bucket.localhost:4580"])
def test_a_bucket_in_the_hosts_name(send: Send, host: str) -> None:
    assert send("GET", "/key", Host=host)[:2] == (200, b"content")


def test_an_address_that_was_typed_is_answered(send: Send) -> None:
    assert send("GET", "/bucket/key", **{"Sec-Fetch-Site": "none"})[:2] == (200, b"content")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/bucket/key"), ("OPTIONS", "/bucket/key"), ("GET", "/bucket?cors")]
)
def test_no_answer_opens_the_emulator_to_pages(send: Send, method: str, path: str) -> None:
    _, _, answered = send(method, path)
    assert not [name for name in answered if name.lower().startswith("access-control-")]
    assert answered["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_request_without_a_host(running: RunningEmulator) -> None:
    connection = http.client.HTTPConnection(urlsplit(running.endpoint_url).netloc, timeout=30)
    connection.putrequest("GET", "/bucket/key", skip_host=True)
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status in (400, 403)
    connection.close()
