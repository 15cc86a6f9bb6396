import time
from contextlib import suppress

import pytest

from driver.aws import logs, resources

GROUP = "/aws/sagemaker/TrainingJobs"


@pytest.fixture
def write(local):
    client = local.client("logs")

    def lines(stream, *texts, group=GROUP):
        for create in (lambda: client.create_log_group(logGroupName=group),
                       lambda: client.create_log_stream(logGroupName=group, logStreamName=stream)):  # fmt: skip
            with suppress(client.exceptions.ResourceAlreadyExistsException):
                create()
        now = int(time.time() * 1000)
        client.put_log_events(
            logGroupName=group, logStreamName=stream, logEvents=[{"timestamp": now, "message": text} for text in texts]
        )

    return lines


def test_each_line_comes_once_with_its_host(local, write):
    tail = logs.tail(local, resources.TRAINING, "reviews")
    assert list(tail.lines()) == []  # there is no group yet
    write("reviews/algo-1-1700000000", "one", "two")
    write("reviews-2/algo-1-1700000000", "of another job")
    assert list(tail.lines()) == [("algo-1", "one"), ("algo-1", "two")]
    assert list(tail.lines()) == []
    write("reviews/algo-1-1700000000", "three")
    write("reviews/algo-2-1700000000", "four")
    assert list(tail.lines()) == [("algo-1", "three"), ("algo-2", "four")]


def test_a_long_log_comes_whole(local, write):
    for start in range(0, 20_000, 5_000):
        write("reviews/algo-1-1700000000", *(f"line {number}" for number in range(start, start + 5_000)))
    lines = [line.text for line in logs.tail(local, resources.TRAINING, "reviews").lines()]
    assert lines == [f"line {number}" for number in range(20_000)]


def test_an_endpoint_has_a_group_of_its_own(local, write):
    write("AllTraffic/i-0123abcd", "ready", group="/aws/sagemaker/Endpoints/reviews")
    assert list(logs.tail(local, resources.ENDPOINT, "reviews").lines()) == [("i-0123abcd", "ready")]
    assert logs.tail(local, resources.MODEL, "reviews") is None
