"""Batch transforms through real serving processes."""

import json
import re
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulator.engines import ProcessEngine
from emulator.errors import EmulatorError
from emulator.transform.containers import transform
from emulator.transform.job import TransformJob

Engine = Callable[..., ProcessEngine]
MB = 1024 * 1024


@pytest.fixture
def job(tmp_path: Path, model: Path) -> Callable[..., TransformJob]:
    """`job({"a.csv": b"1"}, split_type="Line")`: a transform of these input objects with these settings."""

    def over(objects: dict[str, bytes], **settings: Any) -> TransformJob:
        for name, content in objects.items():
            path = tmp_path / "in" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return TransformJob("job", model, tmp_path / "in", tmp_path / "out", **settings)

    return over


Job = Callable[..., TransformJob]


def written(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def bodies(lines: list[str]) -> list[int]:
    """The sizes of the bodies the `echo` program saw, as it logs them."""
    return [int(found[1]) for line in lines if (found := re.match(r"(\d+) bytes", line))]


def test_each_object_gives_one_out_file_below_the_same_sub_folder(engine: Engine, job: Job, tmp_path: Path) -> None:
    result = transform(
        engine("good"), job({"a.csv": b"x\ny\n", "sub/b.csv": b"z", "sub/deep/empty": b""}, split_type="Line")
    )
    assert result.transform_job_status == "Completed"
    assert written(tmp_path / "out") == {"a.csv.out": b"X!\nY!\n", "sub/b.csv.out": b"Z!\n", "sub/deep/empty.out": b""}
    assert sorted(result.outputs) == sorted(path for path in (tmp_path / "out").rglob("*") if path.is_file())


def test_a_single_file_is_an_input_too(engine: Engine, job: Job, tmp_path: Path) -> None:
    given = job({"a.csv": b"x\n", "b.csv": b"y\n"})
    single = TransformJob("job", given.model_data, tmp_path / "in" / "a.csv", tmp_path / "out")
    transform(engine("good"), single)
    assert written(tmp_path / "out") == {"a.csv.out": b"X!\n"}


@pytest.mark.parametrize(
    ("settings", "sizes", "output"),
    [
        ({"split_type": "None"}, [9], b"1\n\n22\n333"),
        ({"split_type": "Line", "batch_strategy": "SingleRecord"}, [2, 1, 3, 3], b"1\n\n22\n333"),
        (
            {"split_type": "Line", "batch_strategy": "SingleRecord", "assemble_with": "Line"},
            [2, 1, 3, 3],
            b"1\n\n22\n333\n",
        ),
        ({"split_type": "Line", "batch_strategy": "MultiRecord"}, [9], b"1\n\n22\n333"),
        ({"split_type": "Line"}, [9], b"1\n\n22\n333"),
    ],
)
def test_splitting_and_assembling(
    engine: Engine, job: Job, tmp_path: Path, settings: dict[str, str], sizes: list[int], output: bytes
) -> None:
    lines: list[str] = []
    transform(engine("echo"), job({"a": b"1\n\n22\n333"}, **settings), lines.append)
    assert bodies(lines) == sizes
    assert written(tmp_path / "out") == {"a.out": output}


def test_whole_records_are_packed_up_to_the_payload_limit(engine: Engine, job: Job, tmp_path: Path) -> None:
    content = b"".join(b"%04d" % number + b"x" * 299_995 + b"\n" for number in range(10))  # 300,000 bytes a record
    lines: list[str] = []
    transform(engine("echo"), job({"a": content}, split_type="Line", max_payload_in_mb=1), lines.append)
    assert bodies(lines) == [900_000, 900_000, 900_000, 300_000]
    assert written(tmp_path / "out") == {"a.out": content}


def test_order_holds_when_requests_run_concurrently(engine: Engine, job: Job, tmp_path: Path) -> None:
    records = b"".join(b"%d%s\n" % (number, b" late" if number % 3 == 0 else b"") for number in range(40))
    objects = {"a": records, "b": records[::-1].strip() + b"\n"}
    transform(
        engine("echo"),
        job(objects, split_type="Line", batch_strategy="SingleRecord", max_concurrent_transforms=8),
    )
    assert written(tmp_path / "out") == {"a.out": objects["a"], "b.out": objects["b"]}


def test_the_container_is_told_what_was_asked_and_sees_the_types(engine: Engine, job: Job) -> None:
    lines: list[str] = []
    transform(engine("echo"), job({"a": b"x"}, content_type="text/csv", accept="application/jsonlines"), lines.append)
    request = next(line for line in lines if line.startswith("1 bytes"))
    assert "Content-Type: text/csv" in request
    assert "Accept: application/jsonlines" in request


def test_execution_parameters_decide_what_the_job_leaves_open(engine: Engine, job: Job) -> None:
    wishes = json.dumps({"MaxConcurrentTransforms": 3, "BatchStrategy": "SINGLE_RECORD", "MaxPayloadInMB": 2})
    lines: list[str] = []
    result = transform(
        engine("echo", PARAMETERS=wishes), job({"a": b"1\n2\n"}, split_type="Line", max_payload_in_mb=1), lines.append
    )
    assert bodies(lines) == [2, 2]
    plan = result.plan
    assert (plan.batch_strategy, plan.max_payload_bytes, plan.max_concurrent_transforms) == ("SingleRecord", MB, 3)


def test_one_failure_leaves_that_object_unwritten_and_the_others_finish(
    engine: Engine, job: Job, tmp_path: Path
) -> None:
    objects = {"a": b"1\n", "b": b"2\nbad\n3\n", "c": b"4\n"}
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "b.out").write_text("of an earlier job")
    result = transform(engine("echo"), job(objects, split_type="Line", batch_strategy="SingleRecord"))
    assert result.transform_job_status == "Failed"
    assert result.failures == {"b": "the container answered 400: record 1 is bad"}
    assert result.failure_reason == "1 of 3 input objects failed; b: the container answered 400: record 1 is bad"
    assert written(tmp_path / "out") == {"a.out": b"1\n", "c.out": b"4\n"}


@pytest.mark.parametrize(
    ("split_type", "why"),
    [
        ("Line", "record 2 is larger than the payload limit of 1,048,576 bytes"),
        ("None", r"the object has 2,000,003 bytes, more than the payload limit of 1,048,576: .*set SplitType to Line"),
    ],
)
def test_what_does_not_fit_the_payload_is_named(
    engine: Engine, job: Job, tmp_path: Path, split_type: str, why: str
) -> None:
    objects = {"big": b"1\n" + b"x" * 2_000_000 + b"\n", "small": b"1\n"}
    result = transform(engine("echo"), job(objects, split_type=split_type, max_payload_in_mb=1))
    assert list(result.failures) == ["big"]
    assert re.match(why, result.failures["big"])
    assert written(tmp_path / "out") == {"small.out": b"1\n"}


def test_a_payload_without_limit_goes_out_in_chunks(engine: Engine, job: Job, tmp_path: Path) -> None:
    content = b"x" * (7 * MB)
    lines: list[str] = []
    transform(engine("echo"), job({"a": content}, max_payload_in_mb=0), lines.append)
    assert any("Transfer-Encoding: chunked" in line for line in lines)
    assert written(tmp_path / "out") == {"a.out": content}


def test_a_failing_request_is_tried_again(engine: Engine, job: Job, tmp_path: Path) -> None:
    settings = {"split_type": "Line", "batch_strategy": "SingleRecord"}
    assert (
        transform(engine("bad_every_other_time"), job({"a": b"1\n2\n"}, **settings)).transform_job_status == "Completed"
    )
    assert written(tmp_path / "out") == {"a.out": b"1\n2\n"}
    result = transform(engine("bad_every_other_time"), job({"a": b"1\n"}, invocations_max_retries=0, **settings))
    assert result.failures == {"a": "the container answered 503: busy"}


def test_a_request_that_was_refused_is_not_tried_again(engine: Engine, job: Job) -> None:
    lines: list[str] = []
    transform(engine("echo"), job({"a": b"bad"}), lines.append)
    assert bodies(lines) == [3]


def test_a_container_that_dies_fails_every_object_left(engine: Engine, job: Job, tmp_path: Path) -> None:
    result = transform(engine("bad_dies_at_first_request"), job({"a": b"1", "b": b"2"}))
    assert set(result.failures) == {"a", "b"}
    assert "the container ended with exit code 139" in result.failures["a"]
    assert written(tmp_path / "out") == {}


def test_no_input_is_named(engine: Engine, job: Job, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(EmulatorError, match="in contains no input objects: give a file, or a folder with files"):
        transform(engine("echo"), job({}))


def test_there_may_be_more_objects_than_files_can_be_open(engine: Engine, job: Job, tmp_path: Path) -> None:
    objects = {f"{number:03d}": b"%d" % number for number in range(150)}
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, hard))
    try:
        result = transform(engine("echo"), job(objects, max_concurrent_transforms=4))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert result.failures == {}
    assert written(tmp_path / "out") == {f"{name}.out": content for name, content in objects.items()}
