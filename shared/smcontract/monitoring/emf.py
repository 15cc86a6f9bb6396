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
        self._endpoint = json.dumps(endpoint)
        self._heads: dict[tuple[str, ...], str] = {}  # by the names of the metrics, of which there are few sets

    def line(self, began: float, metrics: Mapping[str, float], line: str) -> str:
        """Return a line with these metrics, whose other members are those of `line`, a JSON object.

        `began` is in seconds since 1970.

        Example:
            >>> print(EmbeddedMetrics("Text", "reviews").line(1.5, {"Requests": 1}, '{"status": 200}'))
            {"_aws": {"CloudWatchMetrics": [{"Namespace": "Text", "Dimensions": [["Endpoint"]], "Metrics": \
[{"Name": "Requests", "Unit": "Count"}]}], "Timestamp": 1500}, "Endpoint": "reviews", "Requests": 1, "status": 200}
        """
        names = tuple(metrics)
        head = self._heads.get(names)
        if head is None:
            head = self._heads[names] = self._head(names)
        values = "".join([f"{json.dumps(name)}: {value:.6g}, " for name, value in metrics.items()])
        return f'{head}, "Timestamp": {began * 1000:.0f}}}, "{DIMENSION}": {self._endpoint}, {values}{line[1:]}'

    def _head(self, names: tuple[str, ...]) -> str:
        units = ({"Unit": UNITS[name]} if name in UNITS else {} for name in names)
        metrics = [{"Name": name, **unit} for name, unit in zip(names, units, strict=True)]
        directive = {"Namespace": self._namespace, "Dimensions": [[DIMENSION]], "Metrics": metrics}
        return '{"_aws": ' + json.dumps({"CloudWatchMetrics": [directive]})[:-1]
