"""What every part of the demo does alike: train, list the artefact, batch-transform, ask one question, and say so."""

import json
import os
import sys
import tarfile
import textwrap
from pathlib import Path
from typing import Any

from emulator.engines import Engine
from emulator.errors import EmulatorError
from emulator.hosting import Endpoint, ModelSpecification
from emulator.jobs import TrainingJob, TransformJob
from emulator.training import TrainingResult, train
from emulator.transform import transform


def fit(engine: Engine, job: TrainingJob) -> tuple[Path, TrainingResult]:
    """Run a training job, quoting its log; its artefact and its result. EmulatorError when it fails."""
    result = train(engine, job, quote)
    if result.model_artifacts is None:
        raise EmulatorError(
            f"the training job ended as {result.training_job_status}: {result.failure_reason}{result.last_lines}"
        )
    say(f"{result.training_job_status} in {result.training_time_in_seconds:.0f} s")
    return result.model_artifacts, result


def show(model: Path) -> None:
    """List what a job left for hosting."""
    say(f"{model}, {model.stat().st_size / 1e6:.1f} MB, holds")
    with tarfile.open(model) as archive:
        for member in archive:
            say(f"{member.size:12,} bytes  {member.name}")


def predict(engine: Engine, name: str, model: Path, source: Path, output: Path) -> tuple[list[dict[str, Any]], float]:
    """Batch-transform the one JSON Lines file in `source` into `output`; the answers, in order, and the seconds."""
    job = TransformJob(
        name,
        model,
        source,
        output,
        content_type="application/jsonlines",
        accept="application/jsonlines",
        split_type="Line",
        assemble_with="Line",
        batch_strategy="MultiRecord",
        max_payload_in_mb=1,
    )
    result = transform(engine, job)
    if result.failure_reason:
        raise EmulatorError(f"the transform job failed: {result.failure_reason}")
    with result.outputs[0].open(encoding="utf-8") as file:
        return [json.loads(line) for line in file], result.transform_time_in_seconds


def ask(engine: Engine, name: str, model: Path, text: str) -> dict[str, Any]:
    """Send one text to a live endpoint and return its prediction with the reasons."""
    with Endpoint(engine, ModelSpecification(name, model)) as endpoint:
        say(f"POST /invocations at port {endpoint.address[1]}, healthy after {endpoint.seconds_to_healthy:.1f} s")
        body = json.dumps({"instances": [text], "explain": True}).encode()
        answer = endpoint.invoke(body, "application/json", "application/json")
    say(f'"{text}"')
    prediction: dict[str, Any] = json.loads(answer.body)["predictions"][0]
    return prediction


def heading(text: str) -> None:
    """A step's title, bold on a terminal."""
    bold = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    print(f"\n\033[1m{text}\033[0m" if bold else f"\n{text}", flush=True)


def say(text: str) -> None:
    """A line of ours, wrapped when it is long."""
    print(textwrap.fill(text, 110, initial_indent="   ", subsequent_indent="   ", replace_whitespace=False), flush=True)


def quote(line: str) -> None:
    """A line of the container's."""
    print(f"   | {line}", flush=True)
