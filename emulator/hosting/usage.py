"""What CloudWatch gets of each invocation of an endpoint, in the namespace AWS/SageMaker."""

import functools
import time

from emulator.serving.fleet import Variant
from emulator.state.metrics import Datum, Metric, Metrics

NAMESPACE = "AWS/SageMaker"
NAMES = (
    "Invocations",
    "InvocationsPerInstance",
    "ModelLatency",
    "OverheadLatency",
    "Invocation4XXErrors",
    "Invocation5XXErrors",
)


def count(
    metrics: Metrics, endpoint: str, variant: Variant, arrived: float, sends: float, error_status: int = 0
) -> None:
    """Count a request that a container has just answered, with an error of its own if there is a status.

    `arrived` is when the request came, `sends` when it went to the container, by time.perf_counter.
    """
    now, answered = time.time(), time.perf_counter()
    values = (
        1.0,
        1 / len(variant.instances),
        (answered - sends) * 1e6,
        (sends - arrived) * 1e6,
        float(400 <= error_status < 500),
        float(error_status >= 500),
    )
    metrics.count(
        (metric, Datum.of(now, value, "Microseconds" if "Latency" in metric.name else "None"))
        for metric, value in zip(_metrics(endpoint, variant.name), values, strict=True)
    )


@functools.lru_cache(maxsize=256)
def _metrics(endpoint: str, variant: str) -> tuple[Metric, ...]:
    dimensions = {"EndpointName": endpoint, "VariantName": variant}
    return tuple(Metric.of(NAMESPACE, name, dimensions) for name in NAMES)
