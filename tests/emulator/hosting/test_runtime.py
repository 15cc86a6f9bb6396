"""InvokeEndpoint on real processes, through boto3 and over HTTP."""

import http.client
import json
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from emulator.hosting import runtime
from emulator.serving import instance
from tests.emulator.hosting.caller import Host
from tests.emulator.hosting.test_models import refused

MEGABYTE = 1024 * 1024
GROUP = "/aws/sagemaker/Endpoints/echo"


@pytest.fixture(scope="module")
def echo(host: Host) -> Iterator[Host]:
    """A caller with an endpoint `echo`."""
    host.deploy("echo")
    yield host
    host.delete("echo")


def raw(host: Host, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    """A request that boto3 would not send, signed for SageMaker; in chunks if a header says so."""
    connection = http.client.HTTPConnection(urlsplit(host.running.endpoint_url).netloc, timeout=10)
    signed = host.running.signed("sagemaker", method, path, body, **headers)
    connection.request(method, path, [body], signed, encode_chunked="Transfer-Encoding" in headers)
    answer = connection.getresponse()
    content = answer.status, answer.read()
    connection.close()
    return content


def test_body_and_headers_reach_the_container_and_come_back(echo: Host) -> None:
    answer = echo.runtime.invoke_endpoint(
        EndpointName="echo",
        Body=b"a\x00b",
        ContentType="text/csv; charset=utf-8",
        Accept="application/jsonlines",
        CustomAttributes="trace=1",
        InferenceId="one-two",
    )
    assert answer["Body"].read() == b"a\x00b"
    assert answer["ContentType"] == "application/jsonlines"
    assert (answer["CustomAttributes"], answer["InvokedProductionVariant"]) == ("trace=1", "echo")
    line = next(line for line in echo.log(GROUP, "one-two").splitlines() if "one-two" in line)
    for header in (
        "Content-Type: text/csv; charset=utf-8",
        "Accept: application/jsonlines",
        "X-Amzn-SageMaker-Custom-Attributes: trace=1",
        "X-Amzn-SageMaker-Inference-Id: one-two",
    ):
        assert header in line
    assert "Authorization" not in line


def test_nothing_is_made_up_when_headers_are_left_out(echo: Host) -> None:
    answer = echo.runtime.invoke_endpoint(EndpointName="echo", Body=b"")
    assert (answer["Body"].read(), answer["ContentType"]) == (b"", "text/plain")
    assert "CustomAttributes" not in answer


def test_an_unknown_endpoint(echo: Host) -> None:
    with refused("ValidationError", "Endpoint nobody of account 123456789012 not found."):
        echo.invoke("nobody")


def test_an_error_of_the_container_is_told_with_its_status_and_message(echo: Host) -> None:
    with pytest.raises(ClientError) as caught:
        echo.invoke("echo", b"bad")
    answer = caught.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert answer["Error"]["Code"] == "ModelError"
    assert answer["Error"]["Message"] == (
        'Received client error (400) from primary with message "record 1 is bad". See '
        "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logEventViewer:"
        f"group={GROUP} in account 123456789012 for more information."
    )
    assert (answer["OriginalStatusCode"], answer["OriginalMessage"]) == (400, "record 1 is bad")
    assert answer["LogStreamArn"] == f"arn:aws:logs:us-east-1:123456789012:log-group:{GROUP}"


def test_an_error_of_the_servers_side_names_the_container(host: Host) -> None:
    host.deploy("busy", "program-bad_every_other_time", ContainerHostname="scorer")
    with refused("ModelError", 'Received server error (503) from scorer with message "busy".'):
        host.invoke("busy")
    assert host.invoke("busy") == b"x"
    host.delete("busy")


def test_the_payload_may_have_25_megabytes(echo: Host) -> None:
    body = b"x" * runtime.MAX_BODY_BYTES
    assert echo.invoke("echo", body) == body


@pytest.mark.parametrize("size", [runtime.MAX_BODY_BYTES + 1, 90 * MEGABYTE])
def test_a_payload_above_the_limit_is_refused_and_the_caller_hears_why(echo: Host, size: int) -> None:
    with pytest.raises(ClientError) as caught:
        echo.invoke("echo", bytes(size))
    assert caught.value.response["Error"] == {
        "Code": "ValidationError",
        "Message": f"The body has {size:,} bytes, more than the limit of 26,214,400",
    }
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
    assert echo.invoke("echo") == b"x"


@pytest.mark.parametrize("program", ["bad_slow_answer", "bad_trickles"])
def test_an_answer_takes_too_long(within: Host, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    monkeypatch.setattr(instance, "INVOCATION_SECONDS", 1.0)
    within.deploy("slow", f"program-{program}")
    with refused(
        "ModelError", "Your invocation timed out while waiting for a response from container primary"
    ) as caught:
        within.invoke("slow")
    assert caught.value.response["OriginalStatusCode"] == 0
    within.delete("slow")


def test_a_container_that_dies_over_a_request(host: Host) -> None:
    host.deploy("dying", "program-bad_dies_at_first_request")
    with refused("ModelError", "Received server error (0) from primary") as caught:
        host.invoke("dying")
    assert caught.value.response["OriginalStatusCode"] == 0
    assert caught.value.response["OriginalMessage"].startswith("the container ended with exit code 139")
    assert "Segmentation fault" in caught.value.response["OriginalMessage"]
    host.delete("dying")


@pytest.mark.parametrize(
    "member",
    [
        {"TargetModel": "a.tar.gz"},
        {"TargetContainerHostname": "a"},
        {"EnableExplanations": "`true`"},
        {"InferenceComponentName": "a"},
        {"SessionId": "NEW_SESSION"},
    ],
    ids=lambda member: next(iter(member)),
)
def test_what_is_not_done_is_refused_by_name(echo: Host, member: dict[str, str]) -> None:
    with refused("ValidationError", f"{next(iter(member))} is not supported by the emulator"):
        echo.invoke("echo", **member)


def test_the_other_operations_are_refused_by_name(echo: Host) -> None:
    with refused("ValidationError", "InvokeEndpointWithResponseStream is not supported by the emulator"):
        echo.runtime.invoke_endpoint_with_response_stream(EndpointName="echo", Body=b"")
    with refused("ValidationError", "InvokeEndpointAsync is not supported by the emulator"):
        echo.runtime.invoke_endpoint_async(EndpointName="echo", InputLocation="s3://bucket/key")


def test_members_are_checked(echo: Host) -> None:
    with refused("ValidationError", "at 'endpointName' failed to satisfy constraint"):
        echo.invoke("a_b")
    with refused("ValidationError", "at 'inferenceId' failed to satisfy constraint: Member must have length less than"):
        echo.invoke("echo", InferenceId="x" * 65)
    with refused("ValidationError", "at 'targetVariant' failed to satisfy constraint"):
        echo.invoke("echo", TargetVariant="a_b")


def test_only_post_is_answered(echo: Host) -> None:
    status, body = raw(echo, "GET", "/endpoints/echo/invocations")
    assert (status, json.loads(body)["__type"]) == (404, "UnknownOperationException")


def test_a_body_may_come_in_chunks(echo: Host) -> None:
    status, body = raw(echo, "POST", "/endpoints/echo/invocations", b"abc", **{"Transfer-Encoding": "chunked"})
    assert (status, body) == (200, b"abc")


def test_a_bucket_called_endpoints_is_not_in_the_way(echo: Host) -> None:
    echo.s3.create_bucket(Bucket="endpoints")
    echo.s3.put_object(Bucket="endpoints", Key="echo/invocations", Body=b"an object")
    assert echo.s3.get_object(Bucket="endpoints", Key="echo/invocations")["Body"].read() == b"an object"
    assert echo.invoke("echo") == b"x"


def test_eight_callers_at_once_lose_no_request(echo: Host) -> None:
    wrong: list[bytes] = []

    def call(number: int) -> None:
        for each in range(100):
            body = b"%d-%d" % (number, each)
            if echo.invoke("echo", body) != body:
                wrong.append(body)

    callers = [threading.Thread(target=call, args=(number,)) for number in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert wrong == []
