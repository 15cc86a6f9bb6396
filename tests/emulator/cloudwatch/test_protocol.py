"""CloudWatch through boto3, and by hand in the Query protocol: metrics of training jobs and of endpoints."""

import datetime
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.client import LINES, Client
from tests.emulator.hosting.caller import Host

JOBS = "/aws/sagemaker/TrainingJobs"
HOUR = datetime.timedelta(hours=1)


def span() -> dict[str, datetime.datetime]:
    now = datetime.datetime.now(datetime.UTC)
    return {"StartTime": now - HOUR, "EndTime": now + HOUR}


def dimensions(**values: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


@pytest.fixture(scope="module")
def trained(client: Client) -> Client:
    """A client of an emulator with one training job, which has reported 2 and 3."""
    job = client.train("measured", "program-good", AlgorithmSpecification__MetricDefinitions=[LINES])
    assert job["FinalMetricDataList"][0]["Value"] == 3
    return client


def test_metrics_of_a_training_job(trained: Client) -> None:
    watch = trained.running.client("cloudwatch")
    (listed,) = watch.list_metrics(Namespace=JOBS)["Metrics"]
    assert (listed["MetricName"], listed["Dimensions"]) == ("train:lines", dimensions(TrainingJobName="measured"))
    answer = watch.get_metric_statistics(
        **listed, **span(), Period=3600, Statistics=["Average", "Sum", "Minimum", "Maximum", "SampleCount"]
    )
    assert answer["Label"] == "train:lines"
    found = answer["Datapoints"]
    assert sum(point["SampleCount"] for point in found) == 2
    assert sum(point["Sum"] for point in found) == 5
    assert (min(point["Minimum"] for point in found), max(point["Maximum"] for point in found)) == (2, 3)
    assert all(point["Timestamp"].minute == 0 for point in found)
    assert (
        watch.get_metric_statistics(**listed, **span(), Period=60, Statistics=["Sum"], Unit="Bytes")["Datapoints"] == []
    )
    other = {**listed, "Dimensions": dimensions(TrainingJobName="other")}
    assert watch.get_metric_statistics(**other, **span(), Period=60, Statistics=["Sum"])["Datapoints"] == []


def test_metric_data(trained: Client) -> None:
    watch = trained.running.client("cloudwatch")
    metric = {"Namespace": JOBS, "MetricName": "train:lines", "Dimensions": dimensions(TrainingJobName="measured")}
    queries = [
        {"Id": "first", "MetricStat": {"Metric": metric, "Period": 1, "Stat": "Maximum"}, "Label": "lines"},
        {"Id": "hidden", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False},
    ]
    (result,) = watch.get_metric_data(MetricDataQueries=queries, **span(), ScanBy="TimestampAscending")[
        "MetricDataResults"
    ]
    assert (result["Id"], result["Label"], result["StatusCode"]) == ("first", "lines", "Complete")
    assert result["Values"][-1] == 3
    assert result["Timestamps"] == sorted(result["Timestamps"])


def test_metrics_survive_the_process(mortal: Client) -> None:
    mortal.train("kept", "program-good", AlgorithmSpecification__MetricDefinitions=[LINES])
    mortal.running.kill()
    mortal.running.start()
    (listed,) = mortal.running.client("cloudwatch").list_metrics(Namespace=JOBS)["Metrics"]
    assert listed["Dimensions"] == dimensions(TrainingJobName="kept")


def test_metrics_of_an_endpoint(host: Host) -> None:
    host.deploy("watched", "program-bad_every_other_time")
    good = bad = 0
    for _ in range(6):
        try:
            host.invoke("watched")
            good += 1
        except ClientError:
            bad += 1
    assert bad
    watch = host.running.client("cloudwatch")
    named = {"Namespace": "AWS/SageMaker", "Dimensions": dimensions(VariantName="watched", EndpointName="watched")}

    def total(name: str, statistic: str = "Sum") -> float:
        answer = watch.get_metric_statistics(MetricName=name, **named, **span(), Period=3600, Statistics=[statistic])
        return sum(float(point[statistic]) for point in answer["Datapoints"])

    assert total("Invocations") == total("InvocationsPerInstance") == 6
    assert total("Invocation5XXErrors") == bad
    assert total("Invocation4XXErrors") == 0
    assert total("Invocation4XXErrors", "SampleCount") == 6
    assert 0 < total("OverheadLatency") / 6 < 1e6
    assert 10 < total("ModelLatency", "Maximum") < 60e6
    units = watch.get_metric_statistics(MetricName="ModelLatency", **named, **span(), Period=60, Statistics=["Sum"])
    assert {point["Unit"] for point in units["Datapoints"]} == {"Microseconds"}
    host.delete("watched")


def test_an_older_client_speaks_query(trained: Client) -> None:
    start, end = (f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in span().values())
    body = (
        "Action=GetMetricStatistics&Version=2010-08-01&Namespace=%2Faws%2Fsagemaker%2FTrainingJobs&MetricName=train%3Alines"
        f"&Dimensions.member.1.Name=TrainingJobName&Dimensions.member.1.Value=measured&Period=3600&StartTime={start}"
        f"&EndTime={end}&Statistics.member.1=Maximum"
    ).encode()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    headers = trained.running.signed("monitoring", "POST", "/", body, **form)
    request = urllib.request.Request(f"{trained.running.endpoint_url}/", body, headers)
    with urllib.request.urlopen(request) as answer:
        said = answer.read().decode()
    assert "<GetMetricStatisticsResponse" in said
    assert "<Maximum>3.0</Maximum>" in said
    assert "<Timestamp>20" in said


METRIC = {"Namespace": JOBS, "MetricName": "train:lines"}
WRONG: tuple[tuple[str, dict[str, Any], str], ...] = (
    (
        "get_metric_statistics",
        {**METRIC, "Period": 61, "Statistics": ["Sum"]},
        "Period is 61: give 1, 5, 10, 20, 30, or a",
    ),
    ("get_metric_statistics", {**METRIC, "Period": 60}, "Statistics is missing"),
    (
        "get_metric_statistics",
        {**METRIC, "Period": 60, "ExtendedStatistics": ["p90"]},
        "ExtendedStatistics is not supported",
    ),
    (
        "get_metric_data",
        {"MetricDataQueries": [{"Id": "a", "Expression": "b + c"}]},
        "with Expression is not supported",
    ),
    ("get_metric_data", {"MetricDataQueries": [{"Id": "a"}]}, "The query a has no MetricStat"),
    ("get_metric_data", {"MetricDataQueries": [], "MaxDatapoints": 5}, "MaxDatapoints is not supported"),
)


@pytest.mark.parametrize(("operation", "request_", "why"), WRONG, ids=[why for *_, why in WRONG])
def test_what_is_wrong_is_refused(trained: Client, operation: str, request_: dict[str, Any], why: str) -> None:
    with pytest.raises(ClientError, match=why) as error:
        getattr(trained.running.client("cloudwatch"), operation)(**request_, **span())
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_other_operations_are_refused_by_name(trained: Client) -> None:
    watch = trained.running.client("cloudwatch")
    with pytest.raises(ClientError, match="DescribeAlarms of CloudWatch is not supported by the emulator"):
        watch.describe_alarms()
    moment = datetime.datetime.now(datetime.UTC)
    with pytest.raises(ClientError, match="StartTime must be before EndTime"):
        watch.get_metric_statistics(**METRIC, StartTime=moment, EndTime=moment, Period=60, Statistics=["Sum"])
