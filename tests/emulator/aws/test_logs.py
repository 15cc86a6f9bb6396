"""CloudWatch Logs as code that follows a job's log uses it."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.logs.models import logs_backends

from emulator.api.call import ACCOUNT
from emulator.aws.logs import Logs
from emulator.platform import Platform
from tests.emulator.running import RunningEmulator

GROUP = "/aws/sagemaker/TrainingJobs"
NAME = "job/algo-1-1700000000"


def backend() -> Any:
    return logs_backends[ACCOUNT]["us-east-1"]


def get(name: str = NAME, **more: Any) -> tuple[list[str], str, str]:
    asked = {"start_time": None, "end_time": None, "limit": None, "next_token": None, "start_from_head": False, **more}
    events, backward, forward = backend().get_log_events(GROUP, None, name, **asked)
    return [event["message"] for event in events], backward, forward


def filtered(**more: Any) -> tuple[list[str], str | None]:
    asked = {"start_time": None, "end_time": None, "limit": None, "next_token": None, "filter_pattern": None, **more}
    events, token, _ = backend().filter_log_events(GROUP, asked.pop("log_stream_names", []), interleaved=True, **asked)
    return [event["message"] for event in events], token


@pytest.fixture
def lines(platform: Platform) -> Iterator[Callable[[str], None]]:
    """An open stream."""
    with platform.logs.stream("us-east-1", GROUP, NAME) as stream:
        yield stream


def test_followed_while_it_is_written(lines: Callable[[str], None]) -> None:
    lines("one")
    seen, _, token = get(start_from_head=True)
    assert seen == ["one"]
    assert get(next_token=token) == ([], f"b/{token[2:]}", token)
    lines("two")
    lines("")
    seen, _, token = get(next_token=token)
    assert seen == ["two", " "]
    assert get(next_token=token)[2] == token


def test_pages_forwards_and_backwards(lines: Callable[[str], None]) -> None:
    written = [f"line {number} ü" for number in range(7)]
    for line in written:
        lines(line)
    last, backward, forward = get(limit=3)
    assert last == written[4:]
    assert get(next_token=forward)[0] == []
    before, backward, forward = get(limit=3, next_token=backward)
    assert before == written[1:4]
    assert get(limit=2, next_token=forward)[0] == written[4:6]
    first, backward, _ = get(limit=3, next_token=backward)
    assert first == written[:1]
    assert get(next_token=backward)[:2] == ([], backward)


def test_times(platform: Platform, lines: Callable[[str], None]) -> None:
    lines("early")
    time.sleep(0.01)
    middle = int(time.time() * 1000)
    time.sleep(0.01)
    lines("late")
    for from_head in (True, False):
        assert get(start_time=middle, start_from_head=from_head)[0] == ["late"]
        assert get(end_time=middle, start_from_head=from_head)[0] == ["early"]
    assert filtered(start_time=middle)[0] == ["late"]


def test_each_line_of_a_text_is_an_event(platform: Platform, lines: Callable[[str], None]) -> None:
    lines("the container ended; its last lines:\n\n  Segmentation fault")
    for from_head in (True, False):
        events = get(start_from_head=from_head)[0]
        assert events == ["the container ended; its last lines:", " ", "  Segmentation fault"]


def test_filtered_over_streams(platform: Platform, lines: Callable[[str], None]) -> None:
    with platform.logs.stream("us-east-1", GROUP, "job/algo-2-1") as other:
        for number in range(5):
            (lines if number % 2 else other)(f"{'error' if number == 3 else 'round'} {number}")
            time.sleep(0.002)
    everything = ["round 0", "round 1", "round 2", "error 3", "round 4"]
    assert filtered() == (everything, None)
    assert filtered(filter_pattern="error") == (["error 3"], None)
    assert filtered(filter_pattern='"round 1"') == (["round 1"], None)
    assert filtered(log_stream_names=[NAME]) == (["round 1", "error 3"], None)
    page, token = filtered(limit=2)
    assert page == everything[:2]
    assert filtered(next_token=token) == (everything[2:], None)


def test_described(platform: Platform, lines: Callable[[str], None]) -> None:
    empty = backend().describe_log_streams(False, 50, GROUP, None, "job/", None, "LogStreamName")[0]
    assert [(stream["logStreamName"], stream["storedBytes"]) for stream in empty] == [(NAME, 0)]
    lines("one")
    lines("two")
    (described,) = backend().describe_log_streams(False, 50, GROUP, None, "job/", None, "LogStreamName")[0]
    assert time.time() * 1000 - 5000 < described["firstEventTimestamp"] <= described["lastEventTimestamp"]
    assert described["storedBytes"] == 2 * len("1700000000000 one\n")


@pytest.mark.parametrize("token", ["x", "f/x", "f/99999999", "b/-1"])
def test_a_token_that_never_was(lines: Callable[[str], None], token: str) -> None:
    with pytest.raises(Exception, match="nextToken is invalid"):
        get(next_token=token)


@pytest.mark.parametrize("token", ["x", "[]", '{"a": "b"}'])
def test_a_token_of_a_filter_that_never_was(lines: Callable[[str], None], token: str) -> None:
    with pytest.raises(Exception, match="nextToken is invalid"):
        filtered(next_token=token)


def test_a_line_cut_short_is_not_told(platform: Platform, lines: Callable[[str], None]) -> None:
    lines("whole")
    (path,) = platform.logs._folder.rglob("*.log")
    with path.open("ab") as file:
        file.write(b"1700000000000 cut sho")
    assert get()[0] == get(start_from_head=True)[0] == filtered()[0] == ["whole"]


def test_found_by_the_next_process(platform: Platform, lines: Callable[[str], None]) -> None:
    lines("kept")
    backend().reset()
    again = Logs(platform.logs._folder, platform.objects.lock)
    assert get()[0] == ["kept"]
    with again.stream("us-east-1", GROUP, NAME) as stream:
        stream("more")
    assert get()[0] == ["kept", "more"]


def test_deleted_for_good(platform: Platform, lines: Callable[[str], None]) -> None:
    with platform.logs.stream("us-east-1", GROUP, "other"):
        pass
    backend().delete_log_stream(GROUP, "other")
    assert len(list(platform.logs._folder.rglob("*.log"))) == 1
    backend().delete_log_group(GROUP)
    assert not list(platform.logs._folder.rglob("*.log"))


def test_many_threads_write_whole_lines(lines: Callable[[str], None]) -> None:
    def write(number: int) -> None:
        for turn in range(200):
            lines(f"{number} {turn} " + "x" * number * 1000)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seen, token, before = [], None, None
    while token is None or token != before:
        before = token
        page, _, token = get(start_from_head=True, next_token=token)
        seen += page
    assert sorted(seen) == sorted(f"{n} {t} " + "x" * n * 1000 for n in range(5) for t in range(200))


def test_a_log_of_100_mb(platform: Platform, lines: Callable[[str], None]) -> None:
    """Its end, its middle and its next lines cost no more than a page."""
    for number in range(1000):
        lines(f"{number} " + "x" * 100_000)
    seen, backward, forward = get()
    assert len(seen) == 10
    assert seen[-1].startswith("999 ")
    assert get(next_token=backward)[0][-1].startswith("989 ")
    lines("the end")
    assert get(next_token=forward)[0] == ["the end"]
    assert filtered(filter_pattern="end")[0] == ["the end"]


def test_over_http_and_after_kill_9(servers: Callable[..., RunningEmulator]) -> None:
    """Streams of the emulator's own beside one of the user's, which is moto's and ends with the process."""
    running = servers()
    folder = running.state / "logs" / "us-east-1" / "%2Faws%2Fsagemaker%2FTrainingJobs"
    folder.mkdir(parents=True)
    (folder / "job%2Falgo-1-1.log").write_text("1700000000000 one\n1700000000001 two\n")
    running.kill()
    running.start()
    logs = running.client("logs")
    logs.create_log_group(logGroupName="mine")
    logs.create_log_stream(logGroupName="mine", logStreamName="s")
    logs.put_log_events(
        logGroupName="mine", logStreamName="s", logEvents=[{"timestamp": int(time.time() * 1000), "message": "hello"}]
    )
    assert [event["message"] for event in logs.filter_log_events(logGroupName="mine")["events"]] == ["hello"]
    streams = logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix="job/")["logStreams"]
    assert [stream["logStreamName"] for stream in streams] == ["job/algo-1-1"]
    answer = logs.get_log_events(logGroupName=GROUP, logStreamName="job/algo-1-1", startFromHead=True)
    assert [(event["timestamp"], event["message"]) for event in answer["events"]] == [
        (1700000000000, "one"),
        (1700000000001, "two"),
    ]
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=GROUP, logStreamNames=["job/algo-1-1"], PaginationConfig={"PageSize": 1}
    )
    assert [event["message"] for page in pages for event in page["events"]] == ["one", "two"]
    for call in (logs.get_log_events, logs.describe_log_streams):
        more = {"logStreamName": "x"} if call == logs.get_log_events else {}
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            call(logGroupName="/none", **more)


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A client of an emulator that has the logs of jobs named a, ab and b, ten lines each."""
    state = tmp_path_factory.mktemp("emulator") / "state"
    for stream in ("a/algo-1", "a/algo-2", "ab/algo-1", "b/algo-1"):
        path = state / "logs" / "us-east-1" / "jobs" / f"{stream.replace('/', '%2F')}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{1000 + number} {stream} {number}\n" for number in range(10)))
    running = RunningEmulator(state)
    yield running.client("logs")
    running.end()


def test_filtered_by_the_beginning_of_names(jobs: Any) -> None:
    def streams(**more: Any) -> list[tuple[str, int]]:
        found = jobs.get_paginator("filter_log_events").paginate(logGroupName="jobs", **more)
        names = [event["logStreamName"] for page in found for event in page["events"]]
        return [(name, names.count(name)) for name in sorted(set(names))]

    assert streams(logStreamNamePrefix="a/") == [("a/algo-1", 10), ("a/algo-2", 10)]
    assert streams(logStreamNamePrefix="a") == [("a/algo-1", 10), ("a/algo-2", 10), ("ab/algo-1", 10)]
    assert streams(logStreamNamePrefix="none") == []
    assert streams(logStreamNamePrefix="a/", PaginationConfig={"PageSize": 3}) == [("a/algo-1", 10), ("a/algo-2", 10)]
    assert streams(logStreamNamePrefix="ab/", startTime=1002, endTime=1005) == [("ab/algo-1", 4)]
    assert streams(logStreamNamePrefix="a/", filterPattern='"2 7"') == [("a/algo-2", 1)]
    assert streams(logStreamNames=["b/algo-1"]) == [("b/algo-1", 10)]
    assert len(streams()) == 4


def test_a_group_by_its_identifier(jobs: Any) -> None:
    (group,) = jobs.describe_log_groups()["logGroups"]
    for identifier in (group["arn"].removesuffix(":*"), "jobs"):
        assert len(jobs.filter_log_events(logGroupIdentifier=identifier, logStreamNamePrefix="b")["events"]) == 10


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            {"logStreamNamePrefix": "a", "logStreamNames": ["b/algo-1"]},
            "logStreamNames and logStreamNamePrefix, not both",
        ),
        ({"logGroupIdentifier": "jobs"}, "Give one of logGroupName and logGroupIdentifier"),
        ({"filterPattern": "{ $.level = 1 }"}, "filterPattern .* is not supported by the emulator: give words"),
        ({"nextToken": '{"a/algo-1": 3}'}, "nextToken is invalid"),
        ({"nextToken": '{"a/algo-1": -1}'}, "nextToken is invalid"),
        ({"nextToken": '{"a/algo-1": true}'}, "nextToken is invalid"),
        ({"nextToken": '{"a/algo-1": 1' + "0" * 30 + "}"}, "nextToken is invalid"),
        ({"nextToken": "[" * 3000}, "nextToken is invalid"),
    ],
)
def test_a_filter_that_is_refused(jobs: Any, request_: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError, match=f"InvalidParameterException.*{message}"):
        jobs.filter_log_events(**{"logGroupName": "jobs", **request_})


@pytest.mark.parametrize("token", ["f/" + "0" * 55 + "3", "f/" + "9" * 5000, "b/-1", "f/١"])
def test_a_place_in_the_middle_of_a_line(jobs: Any, token: str) -> None:
    with pytest.raises(ClientError, match="InvalidParameterException"):
        jobs.get_log_events(logGroupName="jobs", logStreamName="a/algo-1", nextToken=token)


def test_no_stream_is_added_while_moto_answers_another_request(platform: Platform) -> None:
    added = threading.Event()

    def add() -> None:
        platform.logs.stream("us-east-1", "/a/group", "a/stream").close()
        added.set()

    with platform.objects.lock:  # as the gateway holds it
        threading.Thread(target=add).start()
        assert not added.wait(0.2)
    assert added.wait(5)
