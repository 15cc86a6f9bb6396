import json
import time

import pytest

from driver import cli


@pytest.fixture
def written(launch, local):
    """A training job called reviews whose container has written two lines."""
    launch("train", "xgboost-sentiment", "--name", "reviews")
    logs = local.client("logs")
    place = {"logGroupName": "/aws/sagemaker/TrainingJobs", "logStreamName": "reviews/algo-1-1700000000"}
    logs.create_log_group(logGroupName=place["logGroupName"])
    logs.create_log_stream(**place)
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": message} for message in ("one", "two")]
    logs.put_log_events(**place, logEvents=events)
    return launch


def test_lines_with_their_host(written):
    assert written("logs", "reviews") == (0, "algo-1 | one\nalgo-1 | two\n", "")
    assert json.loads(written("logs", "reviews", "--json")[1])[0] == {"host": "algo-1", "text": "one"}


def test_following_ends_with_the_job(written):
    assert written("logs", "reviews", "--follow")[0] == 0


def test_following_has_no_json(written):
    assert "--follow has no end, and --json prints one document" in written("logs", "reviews", "--follow", "--json")[2]


def test_the_lines_to_come_are_followed(scripted, capsys):
    def stream(*messages, token):
        scripted.ok({"logStreams": [{"logStreamName": "reviews/algo-1-1700000000"}]})
        for events in (messages, ()):
            found = [{"message": message} for message in events]
            scripted.ok({"events": found, "nextForwardToken": token})

    scripted.ok({"TrainingJobName": "reviews", "TrainingJobStatus": "InProgress"})
    for _ in range(2):  # no transform job, no endpoint of that name
        scripted.error("ValidationException", "Requested resource not found.")
    stream("one", token="1")
    scripted.ok({"TrainingJobName": "reviews", "TrainingJobStatus": "Completed"})
    scripted.ok({"logStreams": [{"logStreamName": "reviews/algo-1-1700000000"}]})
    scripted.ok({"events": [{"message": "two"}], "nextForwardToken": "2"})
    scripted.ok({"events": [], "nextForwardToken": "2"})
    assert cli.main(["logs", "reviews", "--follow", "--endpoint-url", scripted.url]) == 0
    assert capsys.readouterr().out == "algo-1 | one\nalgo-1 | two\n"
