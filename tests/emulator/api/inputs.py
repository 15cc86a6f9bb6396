"""Requests made from the service's model alone: the least that an operation accepts, and all sorts of others."""

import random
from typing import Any

from botocore.model import Shape

from emulator.api.shapes import compile_pattern

CANDIDATES = (
    "a",
    "5",
    "text/csv",
    "s3://bucket/key",
    "arn:aws:iam::123456789012:role/emulator",
    "arn:aws:sagemaker:us-east-1:123456789012:training-job/a",
    "image:tag",
    "validation:accuracy",
    "/opt/ml/checkpoints",
)
RARE = (
    "arn:aws:lambda:us-east-1:123456789012:function:f",
    "fs-0123456789",
    "arn:aws:sagemaker:us-east-1:aws:hub-content/hub/DataSet/d",
    "arn:aws:sagemaker:us-east-1:aws:hub-content/hub/Model/m",
    "arn:aws:sagemaker:us-east-1:123456789012:training-plan/a",
    "arn:aws:sagemaker:us-east-1:123456789012:mlflow-app/a",
    "arn:aws:sagemaker:us-east-1:123456789012:model-package-group/a",
    "arn:aws:sagemaker:us-east-1:123456789012:model-package/a",
    "arn:aws:sns:us-east-1:123456789012:topic",
    "mig-1g.5gb",
    "4K",
)
"""What a member or two ask for, and none that the emulator honours."""
JUNK = ("", "\u0000", "\ud800", "\u0661", "x" * 3000, 0, -1, 2**40, 1e300, True, None, [], {}, [[]], {"a": []}, [None])


def least(shape: Shape) -> Any:
    """A value of that shape with required members only, each list and map as short as it may be."""
    number = shape.metadata.get("min", 0)
    if shape.type_name == "structure":
        return {name: least(shape.members[name]) for name in shape.required_members}
    if shape.type_name == "list":
        return [least(shape.member) for _ in range(number)]
    if shape.type_name == "map":
        return {least(shape.key): least(shape.value) for _ in range(number)}
    if shape.type_name == "boolean":
        return True
    return text(shape) if shape.type_name == "string" else max(number, 1)


def text(shape: Shape) -> str:
    """A string that keeps to the length, the values and the pattern."""
    if shape.enum:
        return str(shape.enum[0])
    for candidate in (*CANDIDATES, *RARE):
        pattern = shape.metadata.get("pattern", ".*")  # Java's, with \p{Alnum} and the like
        if shape.metadata.get("min", 0) <= len(candidate) and compile_pattern(pattern).fullmatch(candidate):
            return candidate
    raise AssertionError(f"no candidate fits {shape.name}: {shape.metadata}")


def any_value(shape: Shape, rng: random.Random, wrong: float = 0.02, depth: int = 0) -> Any:
    """A value that is mostly of that shape; every part of it is something else with the probability `wrong`."""
    if rng.random() < wrong:
        return rng.choice(JUNK)
    inner = (rng, wrong, depth + 1)
    if shape.type_name == "structure":
        some = rng.random() ** 2 / (depth + 1)
        names = [n for n in shape.members if rng.random() < (1 - wrong if n in shape.required_members else some)]
        unknown = {"Unknown": 1} if rng.random() < wrong else {}
        return {**{name: any_value(shape.members[name], *inner) for name in names}, **unknown}
    if shape.type_name == "list":
        return [any_value(shape.member, *inner) for _ in range(rng.randrange(3))]
    if shape.type_name == "map":
        return {rng.choice(CANDIDATES): any_value(shape.value, *inner) for _ in range(rng.randrange(3))}
    if shape.type_name == "boolean":
        return rng.random() < 0.5
    if shape.type_name == "string":
        return rng.choice(shape.enum or CANDIDATES)
    return rng.choice([0, 1, 2, 10, shape.metadata.get("min", 1), shape.metadata.get("max", 1)])
