"""The demo's first part: movie reviews, by xgboost-sentiment."""

from collections import Counter
from pathlib import Path
from typing import Any

from emulator.engines import Engine
from emulator.errors import EmulatorError
from emulator.jobs import Channel, TrainingJob
from examples import reviews, steps
from examples.steps import heading, say

IMAGE = "xgboost-sentiment"
LEAST_ACCURACY = 0.89
SHOWN_WORDS = 8
REVIEW = (
    "The first hour is slow and some of the acting is not very good, "
    "but the ending is wonderful. One of the best films I have seen this year."
)


def run(engine: Engine, data: Path, output: Path) -> list[str]:
    """The five steps. What is not as it should be, in sentences."""
    unseen = prepare(data, output)
    heading(f"2  Training job, run by {engine.description}")
    channel = Channel("train", output / "train", content_type="text/csv")
    model, _ = steps.fit(engine, TrainingJob("demo-training", output, (channel,)))
    heading("3  The artefact")
    steps.show(model)
    accuracy = predict(engine, model, unseen, output)
    heading("5  One request to a live endpoint")
    say(sentence(steps.ask(engine, "demo-endpoint", model, REVIEW)))
    if accuracy < LEAST_ACCURACY:
        return [f"accuracy is {accuracy:.4f} on reviews, and at least {LEAST_ACCURACY} was expected"]
    return []


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


def predict(engine: Engine, model: Path, unseen: list[reviews.Review], output: Path) -> float:
    """Step 4. Batch-transform the unseen reviews; return the accuracy."""
    heading(f"4  Batch transform of {len(unseen):,} unseen reviews")
    answers, seconds = steps.predict(engine, "demo-transform", model, output / "unseen", output / "predictions")
    pairs = Counter((review.label, answer["label"]) for review, answer in zip(unseen, answers, strict=True))
    accuracy = (pairs["neg", "neg"] + pairs["pos", "pos"]) / len(unseen)
    say(f"accuracy {accuracy:.4f}   ({len(unseen) / seconds:,.0f} reviews/s)")
    say("              predicted neg  predicted pos")
    for label in ("neg", "pos"):
        say(f"really {label}    {pairs[label, 'neg']:13,}  {pairs[label, 'pos']:13,}")
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
        f"to begin with {base:+.2f}; together {total:+.2f}, where more than 0 is pos."
    )
