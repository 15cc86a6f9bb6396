"""Which machines BlazingText can use in which mode. Does not know what exists in a region, nor what it costs."""

import re

from smcontract.errors import UserError, shown

from blazingtext_client.hyperparameters import SUPERVISED

_TYPE = re.compile(r"ml\.([a-z][a-z0-9-]*)\.([a-z0-9]+)")
_ACCELERATED = re.compile(r"(p|g|trn|inf|dl)[0-9]")
_GPU_FAMILIES = ("p2", "p3", "p3dn", "g4dn", "g5")
_SEVERAL_GPUS = frozenset({
    "p2.8xlarge", "p2.16xlarge", "p3.8xlarge", "p3.16xlarge", "p3dn.24xlarge", "g4dn.12xlarge", "g5.12xlarge",
    "g5.24xlarge", "g5.48xlarge",
})  # fmt: skip


def check(mode: str, instance_type: str, count: int) -> None:
    """Raise UserError when the mode cannot run on `count` instances of a type.

    Example:
        >>> check("batch_skipgram", "ml.c5.4xlarge", 2)
    """
    found = _TYPE.fullmatch(instance_type)
    if not found:
        raise UserError(f"{shown(instance_type)} is not an instance type: expected one like ml.c5.2xlarge")
    if count < 1:
        raise UserError(f"the number of instances is {count}: give 1 or more")
    family, size = found.groups()
    is_gpu = family in _GPU_FAMILIES
    if _ACCELERATED.match(family) and not is_gpu:
        raise UserError(
            f"BlazingText does not support {instance_type}: use CPUs, such as ml.c5.2xlarge, or GPUs "
            f"of the families {', '.join(_GPU_FAMILIES)}"
        )
    if mode == "batch_skipgram" and is_gpu:
        raise UserError(f"mode batch_skipgram runs on CPUs, {instance_type} has GPUs: use one like ml.c5.2xlarge")
    if mode != "batch_skipgram" and count > 1:
        raise UserError(f"mode {mode} runs on one instance, not on {count}: only batch_skipgram runs on several")
    if mode == SUPERVISED and f"{family}.{size}" in _SEVERAL_GPUS:
        raise UserError(f"mode supervised uses one GPU, {instance_type} has several: use one like ml.p3.2xlarge")
