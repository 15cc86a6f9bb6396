"""deploy/alarms.yaml: CloudWatch takes each alarm, and each watches a metric that exists."""

from tests.deploy.conftest import client

ALARM = "AWS::CloudWatch::Alarm"
VARIANT = {"EndpointName": "reviews", "VariantName": "AllTraffic"}
OWN = {"Endpoint": "reviews"}
WATCHED = {
    "server-errors": ("AWS/SageMaker", {"Invocation5XXErrors": "Sum", "Invocations": "Sum"}, VARIANT),
    "client-errors": ("AWS/SageMaker", {"Invocation4XXErrors": "Sum", "Invocations": "Sum"}, VARIANT),
    "model-latency": ("AWS/SageMaker", {"ModelLatency": "p99"}, VARIANT),
    "overhead-latency": ("AWS/SageMaker", {"OverheadLatency": "p99"}, VARIANT),
    "cpu": ("/aws/sagemaker/Endpoints", {"CPUUtilization": "Maximum"}, VARIANT),
    "memory": ("/aws/sagemaker/Endpoints", {"MemoryUtilization": "Maximum"}, VARIANT),
    "record-errors": ("SageMakerText", {"Errors": "Sum", "Requests": "Sum"}, OWN),
    "container-latency": ("SageMakerText", {"Latency": "p99"}, OWN),
    "confidence": ("SageMakerText", {"MeanConfidence": "Average"}, OWN),
    "unknown-words": ("SageMakerText", {"UnknownWords": "Average"}, OWN),
    "drift": ("SageMakerText", {"Drift": "Average"}, OWN),
}
"""Alarm -> namespace, statistic of each metric, and dimensions: as AWS's pages on SageMaker's metrics have them."""


def alarms(stack, **parameters):
    """The alarms that CloudWatch has once it was sent what the template says, by their names behind the endpoint's."""
    made = stack("alarms", {"EndpointName": "reviews", **parameters})
    cloudwatch = client("cloudwatch")
    for resource in made.values():
        if resource.kind == ALARM:
            properties = resource.properties
            cloudwatch.put_metric_alarm(**properties)
            (alarm,) = cloudwatch.describe_alarms(AlarmNames=[properties["AlarmName"]])["MetricAlarms"]
            yield properties["AlarmName"].removeprefix("reviews-"), alarm


def watched(alarm):
    """The namespace, the metrics with their statistics, and the dimensions of an alarm."""
    single = {"MetricStat": {"Metric": alarm, "Stat": alarm.get("Statistic") or alarm.get("ExtendedStatistic")}}
    stats = [query["MetricStat"] for query in alarm["Metrics"] if "MetricStat" in query] or [single["MetricStat"]]
    (namespace,) = {stat["Metric"]["Namespace"] for stat in stats}
    metrics = {stat["Metric"]["MetricName"]: stat["Stat"] for stat in stats}
    (dimensions,) = {tuple((each["Name"], each["Value"]) for each in stat["Metric"]["Dimensions"]) for stat in stats}
    return namespace, metrics, dict(dimensions)


def test_each_alarm_watches_what_exists_and_tells_the_topic(stack):
    found = dict(alarms(stack))
    assert {name: watched(alarm) for name, alarm in found.items()} == WATCHED
    (topic,) = client("sns").list_topics()["Topics"]
    for alarm in found.values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [topic["TopicArn"]]
        assert alarm["TreatMissingData"] == "notBreaching"
        assert alarm["DatapointsToAlarm"] <= alarm["EvaluationPeriods"]
        assert alarm["AlarmDescription"].endswith(".")


def test_thresholds_are_the_parameters(stack):
    given = {"ServerErrorPercent": "2.5", "ModelMilliseconds": "40", "DriftAbove": "0.1", "ConfidenceBelow": "0.7"}
    found = dict(alarms(stack, **given))
    assert [found[name]["Threshold"] for name in ("server-errors", "model-latency", "drift", "confidence")] == [
        2.5, 40, 0.1, 0.7,
    ]  # fmt: skip
    low = {name for name, alarm in found.items() if alarm["ComparisonOperator"] == "LessThanThreshold"}
    assert low == {"confidence"}


def test_latency_is_compared_in_milliseconds(stack):
    found = dict(alarms(stack))
    for name in ("model-latency", "overhead-latency"):
        (expression,) = [query["Expression"] for query in found[name]["Metrics"] if "Expression" in query]
        assert expression == "microseconds / 1000"  # SageMaker's unit


def test_without_metrics_of_its_own_the_endpoint_s_are_left(stack):
    assert {name for name, _ in alarms(stack, Metrics="none")} == {
        name for name, (namespace, _, _) in WATCHED.items() if namespace != "SageMakerText"
    }


def test_an_address_is_subscribed(stack):
    made = stack("alarms", {"EndpointName": "reviews", "Email": "me@example.com"})
    subscription = made["Subscription"].properties
    client("sns").subscribe(**subscription)
    (there,) = client("sns").list_subscriptions()["Subscriptions"]
    assert (there["Protocol"], there["Endpoint"]) == ("email", "me@example.com")
