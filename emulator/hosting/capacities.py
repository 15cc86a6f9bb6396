"""UpdateEndpointWeightsAndCapacities: other weights and numbers of instances for the variants that run."""

from collections.abc import Mapping
from functools import partial
from threading import Event
from types import MappingProxyType
from typing import Any

from emulator.api.call import Call
from emulator.api.errors import invalid
from emulator.api.shapes import refuse_unsupported
from emulator.hosting import deploy, endpoints
from emulator.platform import Platform
from emulator.state.records import Record

SUPPORTED = frozenset({
    "EndpointName",
    "DesiredWeightsAndCapacities.VariantName",
    "DesiredWeightsAndCapacities.DesiredWeight",
    "DesiredWeightsAndCapacities.DesiredInstanceCount",
})  # fmt: skip
CHANGED = MappingProxyType({"DesiredWeight": "InitialVariantWeight", "DesiredInstanceCount": "InitialInstanceCount"})
"""Members of the request, and what they are called in an endpoint's plan."""


def update(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """UpdateEndpointWeightsAndCapacities: new containers are healthy before requests go to them."""
    refuse_unsupported(request, SUPPORTED)
    name = request["EndpointName"]

    def begin(record: Record) -> None:
        endpoints.require_updatable(record)
        record["ProductionVariants"] = _desired(record, _plan(record, request))
        record["EndpointStatus"] = "Updating"
        record.pop("FailureReason", None)

    record = endpoints.KIND.change(platform, call, name, begin)
    platform.background.start(endpoints.UPDATE, name, partial(_scale, platform, name, _plan(record, request)))
    return {"EndpointArn": record["EndpointArn"]}


def _plan(record: Record, request: Mapping[str, Any]) -> dict[str, Any]:
    """The endpoint's plan with what is asked for. Raises ApiError."""
    plan: dict[str, Any] = record[endpoints.PLAN]
    variants = {variant["VariantName"]: dict(variant) for variant in plan["Variants"]}
    for asked in request["DesiredWeightsAndCapacities"]:
        name = asked["VariantName"]
        if name not in variants:
            raise invalid(f"The endpoint has no variant {name}: name one of {', '.join(variants)}")
        if asked.get("DesiredInstanceCount") == 0:
            raise invalid(f"DesiredInstanceCount of variant {name} is 0: give 1 or more")
        variants[name] |= {ours: asked[theirs] for theirs, ours in CHANGED.items() if theirs in asked}
    if not any(variant["InitialVariantWeight"] for variant in variants.values()):
        raise invalid("No production variant would have a weight above 0: requests would have nowhere to go")
    return {**plan, "Variants": list(variants.values())}


def _desired(record: Record, plan: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What DescribeEndpoint says of the variants while the plan is not reached."""
    described = zip(record["ProductionVariants"], plan["Variants"], strict=True)
    return [{**now, **{theirs: wanted[ours] for theirs, ours in CHANGED.items()}} for now, wanted in described]


def _scale(platform: Platform, name: str, plan: Mapping[str, Any], stop: Event) -> None:
    """The thread of an update."""
    running = platform.fleet.get(name)
    if running is None:  # the emulator ends
        return
    try:
        scaled = deploy.scale(platform, name, plan, running, stop)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is the endpoint's FailureReason)
        if not stop.is_set():
            platform.store.change(endpoints.KIND.name, name, lambda record: _describe(record, record[endpoints.PLAN]))
            why = f"The update of weights and capacities failed: {endpoints.reason_of(name, error)}"
            endpoints.settle(platform, name, "InService", why)
        return
    platform.fleet.put(name, scaled)
    platform.store.change(endpoints.KIND.name, name, partial(_describe, plan=plan))
    for instance in (dropped := [each for each in running.instances if each not in scaled.instances]):
        instance.drain(stop)
        instance.ask_to_close()
    for instance in dropped:
        instance.close()
    if not stop.is_set():
        endpoints.settle(platform, name, "InService", None)
    elif last := platform.fleet.remove(name):  # the emulator ends, and the endpoint's own thread may have ended already
        last.close()


def _describe(record: Record, plan: Mapping[str, Any]) -> None:
    record[endpoints.PLAN] = plan
    record["ProductionVariants"] = deploy.describe(plan)


OPERATIONS: Mapping[str, Any] = MappingProxyType({"UpdateEndpointWeightsAndCapacities": update})
