"""What BlazingText asks of a training job, beyond what SageMaker asks of any. The driver makes the requests."""

from collections.abc import Mapping, Sequence

from smcontract.errors import UserError

from blazingtext_client.client import instances
from blazingtext_client.hyperparameters import MODES, SUPERVISED, TABLE, defaults
from driver.requests import training
from driver.requests.request import Request
from driver.requests.training import Plan

CONTENT_TYPE = "text/plain"


def create_training_job(plan: Plan) -> Request:
    """Return the request. Raises UserError when BlazingText cannot follow the plan, DriverError when SageMaker cannot.

    The files of the plan's channels need not be there yet.
    """
    mode = checked_mode(plan.hyperparameters, [channel.name for channel in plan.channels])
    instances.check(mode, plan.resources.instance_type, plan.resources.instance_count)
    return training.create_training_job(plan)


def checked_mode(given: Mapping[str, str], channels: Sequence[str]) -> str:
    """Return the mode. Raises UserError for what BlazingText would refuse, or leave without effect.

    Example:
        >>> checked_mode({"mode": "cbow", "epochs": "3"}, ["train"])
        'cbow'
    """
    values = TABLE.parse(given)
    mode: str | None = values["mode"]
    if mode is None:
        raise UserError(f"the hyperparameter mode is missing: set it to one of {', '.join(MODES)}")
    idle = sorted(name for name in defaults(values) if name in given and values[name] is not False)
    if idle:
        raise UserError(f"no effect with mode {mode} and the other hyperparameters: {', '.join(idle)}; leave them out")
    if values["subwords"] and mode in ("batch_skipgram", SUPERVISED):  # our own image has them in this mode
        raise UserError(
            f"subwords cannot be combined with mode {mode}: leave them out, or set mode to skipgram or cbow"
        )
    if values["subwords"] and values["min_char"] > values["max_char"]:
        raise UserError(f"min_char is {values['min_char']}, max_char is {values['max_char']}: swap them")
    known = ("train", "validation") if mode == SUPERVISED else ("train",)
    if "train" not in channels or not set(channels) <= set(known):
        raise UserError(
            f"mode {mode} takes the channels {', '.join(known)}, but the job has {', '.join(channels) or 'none'}"
        )
    if values["early_stopping"] and "validation" not in channels:
        raise UserError("early_stopping needs validation data: give them, or leave out early_stopping")
    return mode
