"""GetMetricStatistics, GetMetricData, ListMetrics. Times are seconds since 1970."""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from emulator.api.errors import ApiError, not_implemented
from emulator.cloudwatch import statistics
from emulator.state.metrics import Datum, Metric, Metrics

MAX_DATAPOINTS = 1_440  # of an answer of GetMetricStatistics, as on AWS
PAGE = 500  # metrics of an answer of ListMetrics

Request = Mapping[str, Any]


def get_metric_statistics(metrics: Metrics, request: Request) -> dict[str, Any]:
    """GetMetricStatistics."""
    _refuse(request, "GetMetricStatistics", "ExtendedStatistics")
    if not request.get("Statistics"):
        raise ApiError("MissingParameter", "Statistics is missing: name Average, Sum, Minimum, Maximum or SampleCount")
    period = request["Period"]
    found = _find(metrics, request, request, period, request["StartTime"], request["EndTime"])
    if len(found) > MAX_DATAPOINTS:
        raise ApiError(
            "InvalidParameterCombination",
            f"The answer would have {len(found):,} datapoints, above {MAX_DATAPOINTS:,}: give a longer Period",
        )
    points = [
        {
            "Timestamp": begin,
            "Unit": datum.unit,
            **{name: statistics.value(name, datum) for name in request["Statistics"]},
        }
        for begin, datum in found.items()
    ]
    return {"Label": request["MetricName"], "Datapoints": points}


def get_metric_data(metrics: Metrics, request: Request) -> dict[str, Any]:
    """GetMetricData, all on one page."""
    _refuse(request, "GetMetricData", "MaxDatapoints", "NextToken", "LabelOptions")
    start, end = request["StartTime"], request["EndTime"]
    ascending = request.get("ScanBy") == "TimestampAscending"
    results = []
    for query in request["MetricDataQueries"]:
        _refuse(query, f"The query {query['Id']} of GetMetricData", "Expression", "AccountId")
        if "MetricStat" not in query:
            raise ApiError("ValidationError", f"The query {query['Id']} has no MetricStat: name the metric")
        asked = query["MetricStat"]
        for member in ("Namespace", "MetricName"):
            if member not in asked["Metric"]:
                raise ApiError("ValidationError", f"The Metric of query {query['Id']} has no {member}")
        found = sorted(
            _find(metrics, asked["Metric"], asked, asked["Period"], start, end).items(), reverse=not ascending
        )
        values = [statistics.value(asked["Stat"], datum) for _, datum in found]
        if query.get("ReturnData", True):
            label = query.get("Label", asked["Metric"]["MetricName"])
            times = [begin for begin, _ in found]
            result = {
                "Id": query["Id"],
                "Label": label,
                "Timestamps": times,
                "Values": values,
                "StatusCode": "Complete",
            }
            results.append(result)
    return {"MetricDataResults": results, "Messages": []}


def list_metrics(metrics: Metrics, request: Request) -> dict[str, Any]:
    """ListMetrics."""
    _refuse(request, "ListMetrics", "RecentlyActive", "IncludeLinkedAccounts", "OwningAccount")
    try:
        first = int(request.get("NextToken", "0"))
    except ValueError:
        raise ApiError("InvalidParameterValue", "NextToken is not one that ListMetrics gave") from None
    found = [metric for metric in metrics.all() if _matches(metric, request)]
    shown = [
        {
            "Namespace": metric.namespace,
            "MetricName": metric.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in json.loads(metric.dimensions).items()],
        }
        for metric in found[first : first + PAGE]
    ]
    return {"Metrics": shown, **({"NextToken": str(first + PAGE)} if len(found) > first + PAGE else {})}


def _find(metrics: Metrics, named: Request, asked: Request, period: int, start: float, end: float) -> dict[int, Datum]:
    """The data of a metric in [start, end), by period; the first period is a whole one."""
    statistics.check_period(period)
    if start >= end:
        raise ApiError("InvalidParameterValue", "StartTime must be before EndTime")
    dimensions = {each["Name"]: each["Value"] for each in named.get("Dimensions", [])}
    metric = Metric.of(named["Namespace"], named["MetricName"], dimensions)
    data = metrics.find(metric, start // period * period, end)
    return statistics.by_period(statistics.of_unit(data, asked), period)


def _matches(metric: Metric, request: Request) -> bool:
    dimensions = json.loads(metric.dimensions)
    wanted = request.get("Dimensions", [])
    return (
        request.get("Namespace", metric.namespace) == metric.namespace
        and request.get("MetricName", metric.name) == metric.name
        and all(each["Name"] in dimensions for each in wanted)
        and all(each.get("Value", dimensions[each["Name"]]) == dimensions[each["Name"]] for each in wanted)
    )


def _refuse(request: Request, what: str, *members: str) -> None:
    for member in members:
        if request.get(member):
            raise not_implemented(f"{what} with {member}")


OPERATIONS: Mapping[str, Callable[[Metrics, Request], dict[str, Any]]] = MappingProxyType({
    "GetMetricStatistics": get_metric_statistics,
    "GetMetricData": get_metric_data,
    "ListMetrics": list_metrics,
})  # fmt: skip
