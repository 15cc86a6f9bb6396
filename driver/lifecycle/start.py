"""Starts training jobs and endpoints: what several commands, and BlazingText's client, do alike."""

from collections.abc import Callable, Sequence
from typing import Any

from driver.aws import resources
from driver.aws.target import Target
from driver.lifecycle import send
from driver.requests import training
from driver.requests.request import Request
from driver.requests.training import Plan


def training_job(target: Target, plan: Plan, say: Callable[[str], None]) -> dict[str, Any]:
    """Upload the data and create the job; AWS's answer. Raises DriverError, and sends nothing if the name is taken."""
    request = training.create_training_job(plan)
    puts = training.uploads(plan)
    resources.check_free(target, resources.TRAINING, plan.name)
    target.ensure_bucket()
    answer = send.send(target, [*puts, request], say)
    machines = f"{plan.resources.instance_count} x {plan.resources.instance_type}"
    say(f"training job {plan.name} on {machines}{'' if target.is_local else ', which AWS bills by the second'}")
    return answer


def endpoint(target: Target, requests: Sequence[Request], machines: str, say: Callable[[str], None]) -> dict[str, Any]:
    """Create the endpoint that the last request asks for, and say that it is billed; AWS's answer. DriverError."""
    answer = send.send(target, requests, say)
    name = requests[-1].parameters["EndpointName"]
    bill = f"to delete it: ./launch.py delete {name}{target.flags}"
    say(f"endpoint {name} on {machines}; "
        + (bill if target.is_local else f"AWS bills it by the second until it is deleted: {bill}"))  # fmt: skip
    return answer
