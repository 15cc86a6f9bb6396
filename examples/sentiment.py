"""The demo's first part: movie reviews, by xgboost-sentiment."""

from pathlib import Path
from typing import Any

from driver.data import reviews
from driver.data.files import write_halves
from examples import steps
from examples.launching import Launch
from examples.steps import heading, say

IMAGE = "xgboost-sentiment"
JOB = "demo-reviews"
REPORT = "report.html"
LEAST_ACCURACY = 0.89
SHOWN_WORDS = 8
REVIEW = (
    "The first hour is slow and some of the acting is not very good, "
    "but the ending is wonderful. One of the best films I have seen this year."
)


def run(launch: Launch, data: Path, output: Path) -> list[str]:
    """The five steps. What is not as it should be, in sentences."""
    prepare(data, output)
    heading("2  Training job")
    channels = {"train": output / "train", "test": output / "test"}
    steps.fit(launch, IMAGE, JOB, {name: f"{folder},content-type=text/csv" for name, folder in channels.items()}, {})
    heading("3  The artefact, and a report")
    steps.fetch(launch, JOB, output / "model")
    steps.report(launch, JOB, output / REPORT)
    accuracy = predict(launch, output)
    heading("5  One request to a live endpoint")
    say(sentence(steps.ask(launch, JOB, REVIEW)))
    if accuracy < LEAST_ACCURACY:
        return [f"accuracy is {accuracy:.4f} on reviews, below the expected {LEAST_ACCURACY}"]
    return []


def prepare(data: Path, output: Path) -> None:
    """Step 1. Write the training channel, the unseen reviews, and those with their labels."""
    heading("1  The data: real movie reviews from IMDB")
    training, unseen = reviews.split(reviews.read(data))
    write_halves(training, unseen, output, "reviews")
    say(f"to train on  {reviews.counts(training)}  (no text of the unseen among them)")
    say(f"unseen       {reviews.counts(unseen)}")


def predict(launch: Launch, output: Path) -> float:
    """Step 4. Batch-transform the unseen reviews; return the accuracy."""
    heading("4  Batch transform of unseen reviews")
    found, rate = steps.predict(
        launch, JOB, f"{JOB}-transform", output / "unseen", output / "test" / "reviews.csv", output / "predictions"
    )
    accuracy: float = found["accuracy"]
    say(f"accuracy {accuracy:.4f}   ({rate:,.0f} reviews/s, with the container's start)")
    say("              predicted neg  predicted pos")
    for label, (neg, pos) in zip(found["labels"], found["confusion"], strict=True):
        say(f"actual {label}    {neg:13,}  {pos:13,}")
    return accuracy


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
        f"bias {base:+.2f}; total {total:+.2f} (above 0 is pos)."
    )
