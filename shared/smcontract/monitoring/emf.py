"""CloudWatch's embedded metric format: a line of log from which CloudWatch takes metrics.

The form is that of AWS's "Specification: Embedded metric format" (Amazon CloudWatch user guide).
"""

import json
from collections.abc import Mapping

UNITS: Mapping[str, str] = {"Requests": "Count", "Errors": "Count", "Latency": "Milliseconds", "Records": "Count"}
"""Of the metrics; those that are not here have no unit."""
DIMENSION = "Endpoint"


class EmbeddedMetrics:
    """Writes lines for one namespace and endpoint."""

    def __init__(self, namespace: str, endpoint: str) -> None:
        self._namespace = namespace
        self._endpoint = endpoint
        self._beginnings: dict[tuple[str, ...], str] = {}  # by the names of the metrics, of which there are few sets

    def line(self, began: float, metrics: Mapping[str, float], line: str) -> str:
        """Return a line with these metrics, whose other members are those of `line`, a JSON object.

        `began` is in seconds since 1970.

        Example:
            >>> print(EmbeddedMetrics("Text", "reviews").line(1.5, {"Requests": 1}, '{"status": 200}'))
            {"_aws": {"CloudWatchMetrics": [{"Namespace": "Text", "Dimensions": [["Endpoint"]], "Metrics": \
[{"Name": "Requests", "Unit": "Count"}]}], "Timestamp": 1500}, "Endpoint": "reviews", "Requests": 1, "status": 200}
        """
        names = tuple(metrics)
        beginning = self._beginnings.get(names)
        if beginning is None:
            beginning = self._beginnings[names] = self._beginning(names)
        return beginning % (began * 1000, *metrics.values()) + line[1:]

    def _beginning(self, names: tuple[str, ...]) -> str:
        """What a line with these metrics begins with, but for time and values, which `%` puts in."""
        units = ({"Unit": UNITS[name]} if name in UNITS else {} for name in names)
        metrics = [{"Name": name, **unit} for name, unit in zip(names, units, strict=True)]
        directive = {"Namespace": self._namespace, "Dimensions": [[DIMENSION]], "Metrics": metrics}
        before = '{"_aws": ' + json.dumps({"CloudWatchMetrics": [directive]})[:-1] + ', "Timestamp": '
        after = f', "{DIMENSION}": {json.dumps(self._endpoint)}, '
        values = "".join(json.dumps(name).replace("%", "%%") + ": %.6g, " for name in names)
        return before.replace("%", "%%") + "%.0f}" + after.replace("%", "%%") + values
