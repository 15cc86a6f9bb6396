"""Job, then /execution-parameters, then default."""

import json
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from emulator.errors import EmulatorError
from emulator.serving.client import Reply
from emulator.transform import plan
from emulator.transform.job import TransformJob

MB = 1024 * 1024


def job(**settings: Any) -> TransformJob:
    return TransformJob("job", Path("model"), Path("in"), Path("out"), **settings)


def reply(status: int, **preferences: Any) -> Reply:
    return Reply(status, Message(), json.dumps(preferences).encode())


PREFERENCES = reply(200, MaxConcurrentTransforms=4, BatchStrategy="SINGLE_RECORD", MaxPayloadInMB=2)


@pytest.mark.parametrize(
    ("asked", "answered", "strategy", "payload", "concurrent"),
    [
        ({}, reply(404), "MultiRecord", 6 * MB, 1),
        ({}, PREFERENCES, "SingleRecord", 2 * MB, 4),
        ({"max_payload_in_mb": 9}, PREFERENCES, "SingleRecord", 9 * MB, 4),
        ({"max_payload_in_mb": 0}, PREFERENCES, "SingleRecord", 0, 4),
        ({"batch_strategy": "MultiRecord"}, PREFERENCES, "MultiRecord", 2 * MB, 4),
        ({"max_concurrent_transforms": 1}, PREFERENCES, "SingleRecord", 2 * MB, 1),
        ({}, reply(200, MaxPayloadInMB=3), "MultiRecord", 3 * MB, 1),
        ({}, reply(500, MaxPayloadInMB=3), "MultiRecord", 6 * MB, 1),
    ],
)
def test_precedence(asked: dict[str, Any], answered: Reply, strategy: str, payload: int, concurrent: int) -> None:
    assert plan.resolve(job(**asked), answered) == plan.Plan("None", strategy, payload, concurrent)


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b'{"MaxPayloadInMB": "many"}', b'{"MaxPayloadInMB": 0}'])
def test_a_malformed_answer_is_named(body: bytes) -> None:
    with pytest.raises(EmulatorError, match="/execution-parameters"):
        plan.resolve(job(), Reply(200, Message(), body))


def test_only_what_the_caller_specified_is_told_to_the_container() -> None:
    assert plan.container_variables(job()) == {"SAGEMAKER_BATCH": "true"}
    assert plan.container_variables(
        job(max_payload_in_mb=2, batch_strategy="SingleRecord", max_concurrent_transforms=3)
    ) == {
        "SAGEMAKER_BATCH": "true",
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": "2",
        "SAGEMAKER_BATCH_STRATEGY": "SINGLE_RECORD",
        "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": "3",
    }


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"split_type": "RecordIO"}, "SplitType RecordIO"),
        ({"assemble_with": "Comma"}, "AssembleWith Comma"),
        ({"batch_strategy": "MULTI_RECORD"}, "BatchStrategy is MULTI_RECORD"),
        ({"max_payload_in_mb": 101}, "MaxPayloadInMB is 101"),
        ({"max_payload_in_mb": -1}, "MaxPayloadInMB is -1"),
        ({"max_payload_in_mb": 0, "split_type": "Line"}, "MaxPayloadInMB 0"),
        ({"max_concurrent_transforms": 0}, "MaxConcurrentTransforms is 0"),
        ({"max_concurrent_transforms": 11, "max_payload_in_mb": 10}, "may not exceed 100"),
        ({"max_concurrent_transforms": 17}, "may not exceed 100"),
        ({"invocations_max_retries": 4}, "InvocationsMaxRetries is 4"),
    ],
)
def test_what_the_api_would_refuse_is_refused(asked: dict[str, Any], why: str) -> None:
    with pytest.raises(EmulatorError, match=why):
        plan.validate(job(**asked))


@pytest.mark.parametrize(
    "asked", [{}, {"max_payload_in_mb": 0}, {"max_concurrent_transforms": 16}, {"max_payload_in_mb": 100}]
)
def test_what_the_api_takes_is_taken(asked: dict[str, Any]) -> None:
    plan.validate(job(**asked))
