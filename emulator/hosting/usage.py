"""What CloudWatch gets of each invocation of an endpoint, in the namespace AWS/SageMaker."""

import functools
import time

from emulator.serving.fleet import Variant
from emulator.state.metrics import Event, Metric, Metrics

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
    answered = time.perf_counter()
    values = (
        1.0,
        1 / len(variant.instances),
        (answered - sends) * 1e6,
        (sends - arrived) * 1e6,
        float(400 <= error_status < 500),
        float(error_status >= 500),
    )
    metrics.count(_event(endpoint, variant.name), time.time(), values)


@functools.lru_cache(maxsize=256)
def _event(endpoint: str, variant: str) -> Event:
    dimensions = {"EndpointName": endpoint, "VariantName": variant}
    units = tuple("Microseconds" if "Latency" in name else "None" for name in NAMES)
    return Event(tuple(Metric.of(NAMESPACE, name, dimensions) for name in NAMES), units)
