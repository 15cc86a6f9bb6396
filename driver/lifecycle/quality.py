"""How good a trained model is, by what its training job has left in output.tar.gz: see docs/contract.md, Quality.

The archive may be any image's: only two members are read, up to a limit, and nothing of it is unpacked to disk.
"""

import json
import tarfile
import tempfile
import zlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from driver.aws import s3
from driver.aws.target import Target
from driver.errors import DriverError
from driver.evaluation import MOST_LABELS, Evaluation

QUALITY, PREDICTIONS = "quality.json", "predictions.jsonl"
MOST_BYTES = 2**28
"""Of a member that is read: a million predictions of headlines."""


def fetch(target: Target, description: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the quality.json of a training job; None where it left none. Raises DriverError when S3 refuses."""
    content = _member(target, description, QUALITY)
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
    content = _member(target, description, PREDICTIONS)
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
        *(f"telling for {label}: {', '.join(words)}" for label, words in list(document["words"].items())[:MOST_LABELS]),
        *(f"warning: {warning}" for warning in document["warnings"]),
        f"the worst mistakes: {see}",
    ]


def _member(target: Target, description: Mapping[str, Any], name: str) -> bytes | None:
    """Return a file out of output.tar.gz; None where the job left no archive, or one without the file."""
    model = description.get("ModelArtifacts", {}).get("S3ModelArtifacts", "")
    uri = f"{model.rpartition('/')[0]}/output.tar.gz"
    if not model or not list(s3.list_keys(target, uri)):
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "output.tar.gz"
        s3.fetch(target, uri, path)
        try:
            with tarfile.open(path, "r:gz") as archive:
                for member in archive:
                    if member.isfile() and member.name.removeprefix("./") == name and member.size <= MOST_BYTES:
                        file = archive.extractfile(member)
                        return file.read() if file else None
        except (tarfile.TarError, zlib.error, EOFError, OSError):
            return None
    return None
