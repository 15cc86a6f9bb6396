"""Endpoints: each lives in a thread that starts its containers, waits until it is deleted, and stops them."""

import time
from collections.abc import Mapping
from functools import partial
from threading import Event
from types import MappingProxyType
from typing import Any

from emulator.api.call import Call
from emulator.api.errors import invalid
from emulator.api.shapes import refuse_unsupported
from emulator.errors import EmulatorError
from emulator.hosting import deploy, endpoint_configs, models
from emulator.platform import Platform
from emulator.resources import failures
from emulator.resources.kinds import Kind
from emulator.state.records import Record

KIND = Kind("endpoint", "Endpoint", "endpoint", summary=("LastModifiedTime", "EndpointStatus"))
UPDATE = "endpoint-update"
SUPPORTED_IN_CREATE = frozenset({"EndpointName", "EndpointConfigName", "Tags"})
SUPPORTED_IN_UPDATE = frozenset({"EndpointName", "EndpointConfigName"})
PLAN = "Plan"  # a member of the record that Describe does not answer: what runs, see deploy.plan
LOST = "the emulator ended during the update to {}: the previous configuration is in service"


def create(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """CreateEndpoint."""
    refuse_unsupported(request, SUPPORTED_IN_CREATE)
    name = request["EndpointName"]
    plan = _plan(platform, call, request["EndpointConfigName"])
    state = {"EndpointStatus": "Creating", "LastModifiedTime": time.time(), PLAN: plan}
    arn = KIND.add(platform, call, request, **state)
    platform.background.start(KIND.name, name, partial(_live, platform, name))
    return {"EndpointArn": arn}


def describe(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeEndpoint."""
    record = KIND.find(platform, call, request["EndpointName"])
    return {member: value for member, value in record.items() if member != PLAN}


def list_(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """ListEndpoints."""
    return KIND.list_(platform, request)


def update(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """UpdateEndpoint: the new containers are healthy before a request goes to them and the old ones are stopped."""
    refuse_unsupported(request, SUPPORTED_IN_UPDATE)
    name = request["EndpointName"]
    KIND.find(platform, call, name)
    plan = _plan(platform, call, request["EndpointConfigName"])

    def begin(record: Record) -> None:
        require_updatable(record)
        record["EndpointStatus"] = "Updating"
        record.pop("FailureReason", None)
        record["PendingDeploymentSummary"] = {
            "EndpointConfigName": request["EndpointConfigName"],
            "StartTime": time.time(),
        }

    record = KIND.change(platform, call, name, begin)
    platform.background.start(UPDATE, name, partial(_replace, platform, name, plan))
    return {"EndpointArn": record["EndpointArn"]}


def delete(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """DeleteEndpoint."""
    name = request["EndpointName"]
    found = []

    def begin(record: Record) -> None:
        require_settled(record, "Creating", "Updating", "Deleting")
        found.append(record["EndpointStatus"])
        record["EndpointStatus"] = "Deleting"

    KIND.change(platform, call, name, begin)
    if found == ["Failed"] or not platform.background.stop(KIND.name, name):
        KIND.forget(platform, name)
    return {}


def recover(platform: Platform) -> None:
    """Start the endpoints that an earlier process served again, and end what it was deleting."""
    for record in platform.store.all(KIND.name):
        name, status = record["EndpointName"], record["EndpointStatus"]
        if status == "Deleting":
            KIND.forget(platform, name)
        elif status != "Failed":
            platform.store.change(KIND.name, name, _bring_back)
            platform.background.start(KIND.name, name, partial(_live, platform, name))


def _live(platform: Platform, name: str, stop: Event) -> None:
    """The thread of an endpoint."""
    plan = platform.store.get(KIND.name, name)[PLAN]
    try:
        deployment = deploy.start(platform, name, plan, stop)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is the endpoint's FailureReason)
        if not stop.is_set():
            settle(platform, name, "Failed", reason_of(name, error))
    else:
        platform.fleet.put(name, deployment)
        platform.store.change(KIND.name, name, partial(_enter_service, plan))
        stop.wait()
        if last := platform.fleet.remove(name):
            last.close()
    if stop.is_set() and not platform.background.closing.is_set():
        KIND.forget(platform, name)


def _replace(platform: Platform, name: str, plan: Mapping[str, Any], stop: Event) -> None:
    """The thread of an update."""
    try:
        deployment = deploy.start(platform, name, plan, stop)
    except Exception as error:  # noqa: BLE001 (as in _live)
        if not stop.is_set():
            why = f"The update to {plan['EndpointConfigName']} failed: {reason_of(name, error)}"
            settle(platform, name, "InService", why)
        return
    before = platform.fleet.put(name, deployment)
    platform.store.change(KIND.name, name, partial(_switch, plan))
    if before:
        before.drain(stop)
        before.close()
    if not stop.is_set():
        settle(platform, name, "InService", None)
    elif last := platform.fleet.remove(name):  # the emulator ends, and the endpoint's own thread may have ended already
        last.close()


def _enter_service(plan: Mapping[str, Any], record: Record) -> None:
    if record["EndpointStatus"] != "Deleting":
        record["EndpointStatus"] = "InService"
    record["ProductionVariants"] = deploy.describe(plan)


def _switch(plan: Mapping[str, Any], record: Record) -> None:
    record[PLAN] = plan
    record["EndpointConfigName"] = plan["EndpointConfigName"]
    record["ProductionVariants"] = deploy.describe(plan)


def _bring_back(record: Record) -> None:
    pending = record.pop("PendingDeploymentSummary", None)
    if pending and pending["EndpointConfigName"] != record["EndpointConfigName"]:
        record["FailureReason"] = LOST.format(pending["EndpointConfigName"])
    if record["EndpointStatus"] != "Creating":
        record["EndpointStatus"] = "SystemUpdating"


def settle(platform: Platform, name: str, status: str, reason: str | None) -> None:
    """Record the status in which a creation or an update leaves the endpoint; `reason` says why it failed."""

    def settle(record: Record) -> None:
        record["EndpointStatus"] = status
        record.pop("PendingDeploymentSummary", None)
        if reason:
            record["FailureReason"] = failures.shorten(reason)

    platform.store.change(KIND.name, name, settle)


def reason_of(name: str, error: Exception) -> str:
    """An endpoint's reason says what happened to its containers, without a class before it."""
    return str(error) if isinstance(error, EmulatorError) else failures.explain(error, f"endpoint {name}")


def _plan(platform: Platform, call: Call, config: str) -> dict[str, Any]:
    found = endpoint_configs.KIND.find(platform, call, config)
    return deploy.plan(found, call.region, partial(models.KIND.find, platform, call))


def require_updatable(record: Record) -> None:
    """Raise ApiError for an endpoint that is not in service."""
    if record["EndpointStatus"] == "Failed":
        raise invalid(f'Cannot update failed endpoint "{record["EndpointArn"]}": delete it and create it again')
    require_settled(record, "Creating", "Updating", "SystemUpdating", "Deleting")


def require_settled(record: Record, *statuses: str) -> None:
    """Raise ApiError for an endpoint with one of these statuses."""
    if record["EndpointStatus"] in statuses:
        raise invalid(f'Cannot update in-progress endpoint "{record["EndpointArn"]}".')


OPERATIONS: Mapping[str, Any] = MappingProxyType(
    {
        "CreateEndpoint": create,
        "DescribeEndpoint": describe,
        "ListEndpoints": list_,
        "UpdateEndpoint": update,
        "DeleteEndpoint": delete,
    }
)
