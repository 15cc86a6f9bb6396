"""Batch transform: every record of every input object through a serving container, outputs in order.

SplitType None and Line, AssembleWith None and Line. Memory is bounded: two bodies are held for each concurrent request.
"""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from emulator.engines import Engine
from emulator.engines.log import OnLine
from emulator.errors import EmulatorError, EndpointError, ModelError
from emulator.serving.container import ModelSpecification, ServingContainer
from emulator.transform.job import TransformJob
from emulator.transform.output import Output
from emulator.transform.payloads import Body, bodies, open_object, process
from emulator.transform.plan import Plan, container_variables, resolve, validate

TOO_MANY_REQUESTS = 429
BACKOFF_SECONDS = 0.2  # before the first retry; doubled before each further one
POLL_SECONDS = 0.2


class StoppedError(EmulatorError):
    """The job was told to stop: nothing of its output is kept."""


@dataclass(frozen=True)
class TransformResult:
    """How a transform ended: the files written, and a sentence for every input object that failed."""

    transform_job_status: str
    failure_reason: str | None
    outputs: tuple[Path, ...]
    failures: dict[str, str]
    plan: Plan
    transform_time_in_seconds: float


def transform(
    engine: Engine,
    job: TransformJob,
    on_line: OnLine | None = None,
    stop: threading.Event | None = None,
    work: Path | None = None,
) -> TransformResult:
    """Start a container on the model, transform `data_source` (a file or a folder) into `output_path`, stop it.

    Each input object gives one file, its name and `.out`; nothing is written for an object with any failure, the others
    finish. The container's folder is made in `work`. Raises EmulatorError when the job cannot be started, StoppedError
    when `stop` is set.
    """
    validate(job)
    stop = stop or threading.Event()
    outputs = _outputs(job)
    model = ModelSpecification(
        job.transform_job_name,
        job.model_data,
        {**job.environment, **container_variables(job)},
        job.enable_network_isolation,
        job.memory_in_mb,
        job.container_hostname,
    )
    try:
        with ServingContainer(
            engine, model, on_line, work=work, given_up=stop.is_set, abandoned=stop.is_set
        ) as endpoint:
            plan = resolve(job, endpoint.get("/execution-parameters"))
            started = time.monotonic()
            _transform_all(endpoint, job, plan, outputs, stop)
            seconds = time.monotonic() - started
    except EndpointError:
        if stop.is_set():
            raise StoppedError("the job was stopped") from None
        raise
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
        raise EmulatorError(f"{job.data_source} contains no input objects: give a file, or a folder with files")
    names = [file.relative_to(root).as_posix() for file in files]
    line_after_each = job.assemble_with == "Line"
    return [Output(name, root / name, job.output_path / f"{name}.out", line_after_each) for name in names]


def _transform_all(
    endpoint: ServingContainer, job: TransformJob, plan: Plan, outputs: list[Output], stop: threading.Event
) -> None:
    """One stream of bodies over all objects, sent concurrently, settled in order."""
    window: deque[tuple[Output, Body | None, Future[bytes] | None]] = deque()
    pool = ThreadPoolExecutor(plan.max_concurrent_transforms)
    try:
        for output, body in _bodies(outputs, plan):
            window.append((output, body, pool.submit(_send, endpoint, job, plan, body) if body else None))
            if len(window) >= 2 * plan.max_concurrent_transforms:
                _settle(plan, stop, *window.popleft())
        while window:
            _settle(plan, stop, *window.popleft())
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for output in outputs:
            output.abandon()


def _bodies(outputs: list[Output], plan: Plan) -> Iterator[tuple[Output, Body | None]]:
    """(object, body) for every request in order, and (object, None) at the end of each object."""
    for output in outputs:
        try:
            for body in bodies(output.source, plan):
                if output.failure:
                    break
                yield output, body
        except (EmulatorError, OSError) as error:
            output.fail(str(error))
        yield output, None


def _send(endpoint: ServingContainer, job: TransformJob, plan: Plan, body: Body) -> bytes:
    """One body through the container, with retries; a body refused (4xx) would be refused again."""
    attempt = 0
    while True:
        try:
            return _invoke(endpoint, job, plan, body)
        except ModelError as error:
            refused = 400 <= error.original_status_code < 500 and error.original_status_code != TOO_MANY_REQUESTS
            if refused or attempt == job.invocations_max_retries or not endpoint.running:
                raise
        time.sleep(BACKOFF_SECONDS * 2**attempt)
        attempt += 1


def _invoke(endpoint: ServingContainer, job: TransformJob, plan: Plan, body: Body) -> bytes:
    timeout = job.invocations_timeout_in_seconds
    if body.whole is None:
        return endpoint.invoke(body.content, job.content_type, job.accept, timeout=timeout).body
    with open_object(
        body.whole, plan
    ) as stream:  # streamed from its file; without a limit in chunks, as on the service
        length = {"Content-Length": str(body.whole.stat().st_size)} if plan.max_payload_bytes else {}
        return endpoint.invoke(stream, job.content_type, job.accept, length, timeout=timeout).body


def _settle(plan: Plan, stop: threading.Event, output: Output, body: Body | None, answer: Future[bytes] | None) -> None:
    if body is None or answer is None:
        output.finish()
        return
    try:
        answered = _wait(answer, stop)
        output.write(process(plan.processing, body, answered) if plan.processing else answered)
    except StoppedError:
        raise
    except EmulatorError as error:
        output.fail(str(error))


def _wait(answer: Future[bytes], stop: threading.Event) -> bytes:
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            return answer.result(POLL_SECONDS)
    raise StoppedError("the job was stopped")
