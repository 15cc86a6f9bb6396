"""How good a trained model is, by what its training job has left in output.tar.gz: see docs/contract.md, Quality."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from driver.aws.target import Target
from driver.errors import DriverError, cut
from driver.evaluation import MOST_LABELS, Evaluation
from driver.lifecycle import archive

QUALITY, PREDICTIONS = "quality.json", "predictions.jsonl"


def fetch(target: Target, description: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the quality.json of a training job; None where it left none. Raises DriverError when S3 refuses."""
    content = archive.read(target, description, [QUALITY]).get(QUALITY)
    try:
        document = json.loads(content or "null")
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def mistakes(target: Target, description: Mapping[str, Any]) -> tuple[int, list[dict[str, Any]]]:
    """Return how many records were held out, and those that the model labels wrongly, the surest first.

    Raises DriverError for a job that left no predictions.
    """
    name, state = description["TrainingJobName"], description["TrainingJobStatus"]
    if "ModelArtifacts" not in description:
        raise DriverError(f"the training job {name} has no output (it is {state}): wait for its end")
    content = archive.read(target, description, [PREDICTIONS]).get(PREDICTIONS)
    if content is None:
        raise DriverError(
            f"the training job {name} left no predictions of held-out texts: images of this repository that classify "
            "texts do, if the job has data for validation or test, or holds a part back"
        )
    try:
        predictions = [json.loads(line) for line in content.splitlines()]
        wrong = [each for each in predictions if each["predicted"] != each["label"]]
        return len(predictions), sorted(wrong, key=lambda each: -float(each["probability"]))
    except (ValueError, KeyError, TypeError) as error:
        raise DriverError(
            f"{PREDICTIONS} of the training job {name} cannot be read ({error}): `./launch.py fetch {name}` gets it"
        ) from error


def lines(document: Mapping[str, Any], name: str, flags: str) -> list[str]:
    """Return for people what a job's quality.json says; nothing where it is not as our images write it."""
    try:
        return _lines(document, f"./launch.py mistakes {name}{flags}")
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return []


def _lines(document: Mapping[str, Any], see: str) -> list[str]:
    labels = document["labels"]
    pairs = {
        (true, said): number
        for true, row in zip(labels, document["confusion"], strict=True)
        for said, number in zip(labels, row, strict=True)
    }
    compared = [f"{each['name']} {each['accuracy']:.4f}" for each in document["baselines"]]
    head, *matrix = Evaluation(Counter(pairs)).lines()
    return [
        f"held-out quality, channel {document['channel']}: {head}, macro-F1 {document['macro_f1']:.4f}",
        *matrix,
        f"to compare: {'; '.join(compared)}",
        *(
            f"telling for {cut(label)}: {', '.join(words)}"
            for label, words in list(document["words"].items())[:MOST_LABELS]
        ),
        *(f"warning: {warning}" for warning in document["warnings"]),
        f"the worst mistakes: {see}",
    ]
