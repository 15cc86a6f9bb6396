"""What every part of the demo does alike: train, fetch and list the artefact, batch-transform, ask one question."""

import json
import os
import sys
import tarfile
import textwrap
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from driver import console
from examples.launching import Launch


def fit(
    launch: Launch, image: str, name: str, channels: Mapping[str, str], values: Mapping[str, str]
) -> dict[str, Any]:
    """Run a training job and return its description."""
    data = [part for channel, source in channels.items() for part in ("--channel", f"{channel}={source}")]
    settings = [part for key, value in values.items() for part in ("--set", f"{key}={value}")]
    job: dict[str, Any] = launch("train", image, "--name", name, *data, *settings, "--no-holdout")  # the unseen tell
    say(f"{job['TrainingJobStatus']} in {job['TrainingTimeInSeconds']:.0f} s")
    return job


def fetch(launch: Launch, name: str, folder: Path) -> Path:
    """Download what a job left for hosting, and list it."""
    launch("fetch", name, "--output", str(folder))
    model = folder / "model.tar.gz"
    say(f"{model.stat().st_size / 1e6:.1f} MB, holds")
    with tarfile.open(model) as archive:
        for member in archive:
            say(f"{member.size:12,} bytes  {member.name}")
    return model


def report(launch: Launch, name: str, path: Path) -> None:
    """Write a report on a job, and name it."""
    launch("report", name, "--output", str(path))
    say(f"open {path} in a browser: metrics, curves, words, the worst mistakes")


def predict(
    launch: Launch, job: str, name: str, data: Path, labels: Path, output: Path
) -> tuple[dict[str, Any], float]:
    """Batch-transform a JSON Lines file; how the answers compare with the labels, and the records per second."""
    done = launch(
        "transform",
        job,
        str(data),
        "--name",
        name,
        "--labels",
        str(labels),
        "--payload-mb",
        "1",
        "--output",
        str(output),
    )
    evaluation: dict[str, Any] = done["Evaluation"]
    began, ended = (datetime.fromisoformat(done[f"Transform{end}Time"]) for end in ("Start", "End"))
    return evaluation, evaluation["records"] / (ended - began).total_seconds()


def ask(launch: Launch, job: str, text: str) -> dict[str, Any]:
    """Deploy a job's model, ask it one question, delete it; the prediction with its reasons."""
    launch("deploy", job)
    try:
        answer = launch("invoke", job, json.dumps({"instances": [text], "explain": True}))
    finally:
        launch("delete", "--all-from", job)
    say(f'"{text}"')
    prediction: dict[str, Any] = answer["predictions"][0]
    return prediction


def heading(text: str) -> None:
    """A step's title, bold on a terminal."""
    is_bold = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    console.control(sys.stdout, "\033[1m" if is_bold else "")
    print(f"\n{text}")
    console.control(sys.stdout, "\033[0m" if is_bold else "")
    sys.stdout.flush()


def say(text: str) -> None:
    """A line of ours, wrapped when it is long."""
    print(textwrap.fill(text, 110, initial_indent="   ", subsequent_indent="   ", replace_whitespace=False), flush=True)
