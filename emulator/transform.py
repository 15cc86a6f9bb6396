"""Batch transform: every record of every input object through a serving container, outputs in order.

SplitType None and Line, AssembleWith None and Line. Memory is bounded: two bodies are held for each concurrent request.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from emulator import records
from emulator.engines import Engine
from emulator.errors import EmulatorError, ModelError
from emulator.hosting import Endpoint, ModelSpecification
from emulator.jobs import TransformJob
from emulator.output import Output
from emulator.plan import Plan, requested, resolve, validate

TOO_MANY_REQUESTS = 429
BACKOFF_SECONDS = 0.2  # before the first retry; doubled before each further one


@dataclass(frozen=True)
class TransformResult:
    """How a transform ended: the files written, and a sentence for every input object that failed."""

    transform_job_status: str
    failure_reason: str | None
    outputs: tuple[Path, ...]
    failures: dict[str, str]
    plan: Plan
    transform_time_in_seconds: float


def transform(engine: Engine, job: TransformJob, on_line: Callable[[str], None] | None = None) -> TransformResult:
    """Start a container on the model, transform `data_source` (a file or a folder) into `output_path`, stop it.

    Each input object gives one file, its name and `.out`; nothing is written for an object with any failure, the others
    finish. Raises EmulatorError when the job cannot be started.
    """
    validate(job)
    outputs = _outputs(job)
    model = ModelSpecification(
        job.transform_job_name,
        job.model_data,
        {**job.environment, **requested(job)},
        job.enable_network_isolation,
        job.memory_in_mb,
    )
    with Endpoint(engine, model, on_line) as endpoint:
        plan = resolve(job, endpoint.get("/execution-parameters"))
        started = time.monotonic()
        _transform_all(endpoint, job, plan, outputs)
        seconds = time.monotonic() - started
    failures = {output.name: output.failure for output in outputs if output.failure}
    written = tuple(output.target for output in outputs if not output.failure)
    reason = None
    if failures:
        name, why = next(iter(failures.items()))
        reason = f"{len(failures)} of {len(outputs)} input objects failed; {name}: {why}"
    return TransformResult("Failed" if failures else "Completed", reason, written, failures, plan, seconds)


def _outputs(job: TransformJob) -> list[Output]:
    root = job.data_source if job.data_source.is_dir() else job.data_source.parent
    candidates = root.rglob("*") if root == job.data_source else [job.data_source]
    files = sorted(file for file in candidates if file.is_file())
    if not files:
        raise EmulatorError(f"{job.data_source} holds no input object: give a file, or a folder with files")
    names = [file.relative_to(root).as_posix() for file in files]
    line_after_each = job.assemble_with == "Line"
    return [Output(name, root / name, job.output_path / f"{name}.out", line_after_each) for name in names]


def _transform_all(endpoint: Endpoint, job: TransformJob, plan: Plan, outputs: list[Output]) -> None:
    """One stream of bodies over all objects, sent concurrently, settled in order."""
    window: deque[tuple[Output, Future[bytes] | None]] = deque()
    pool = ThreadPoolExecutor(plan.max_concurrent_transforms)
    try:
        for output, body in _bodies(outputs, plan):
            window.append((output, None if body is None else pool.submit(_send, endpoint, job, body)))
            if len(window) >= 2 * plan.max_concurrent_transforms:
                _settle(*window.popleft())
        while window:
            _settle(*window.popleft())
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for output in outputs:
            output.abandon()


def _bodies(outputs: list[Output], plan: Plan) -> Iterator[tuple[Output, bytes | Path | None]]:
    """(object, body) for every request in order, and (object, None) at the end of each object."""
    for output in outputs:
        try:
            for body in _object_bodies(output.source, plan):
                if output.failure:
                    break
                yield output, body
        except (EmulatorError, OSError) as error:
            output.fail(str(error))
        yield output, None


def _object_bodies(source: Path, plan: Plan) -> Iterator[bytes | Path]:
    if plan.split_type == "None":
        size, limit = source.stat().st_size, plan.max_payload_bytes
        if limit and size > limit:
            raise EmulatorError(
                f"the object has {size:,} bytes, more than the payload limit of {limit:,}: "
                "raise MaxPayloadInMB, or set SplitType to Line"
            )
        yield source
        return
    with source.open("rb") as stream:
        lines = records.lines(stream, plan.max_payload_bytes)
        yield from records.packed(lines, plan.max_payload_bytes) if plan.batch_strategy == "MultiRecord" else lines


def _send(endpoint: Endpoint, job: TransformJob, body: bytes | Path) -> bytes:
    """One body through the container, with retries; a body refused (4xx) would be refused again."""
    attempt = 0
    while True:
        try:
            return _invoke(endpoint, job, body)
        except ModelError as error:
            refused = 400 <= error.original_status_code < 500 and error.original_status_code != TOO_MANY_REQUESTS
            if refused or attempt == job.invocations_max_retries or not endpoint.running:
                raise
        time.sleep(BACKOFF_SECONDS * 2**attempt)
        attempt += 1


def _invoke(endpoint: Endpoint, job: TransformJob, body: bytes | Path) -> bytes:
    timeout = job.invocations_timeout_in_seconds
    if isinstance(body, bytes):
        return endpoint.invoke(body, job.content_type, job.accept, timeout=timeout).body
    with body.open("rb") as stream:  # a whole object is streamed from its file; 0 means chunked, as on the service
        length = {} if job.max_payload_in_mb == 0 else {"Content-Length": str(body.stat().st_size)}
        return endpoint.invoke(stream, job.content_type, job.accept, length, timeout=timeout).body


def _settle(output: Output, answer: Future[bytes] | None) -> None:
    if answer is None:
        output.finish()
        return
    try:
        output.write(answer.result())
    except ModelError as error:
        output.fail(str(error))
