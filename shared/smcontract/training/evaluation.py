"""evaluation.json, in the output of every job: all that a report shows. See docs/reports.md for its form.

Images add what they know on the way; `smcontract.training.finish` writes it. Unlike the model it may quote held-out
texts, unless the hyperparameter `report_examples` is false.
"""

import base64
import hashlib
import platform
import resource
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from textprep.records import Record

from smcontract import cpus
from smcontract.files import write_object
from smcontract.hyperparameters import Hyperparameter
from smcontract.manifest import Manifest
from smcontract.training.metrics import MetricLog

NAME = "evaluation.json"
FORMAT = 1
MISTAKES = 20  # of a channel that are quoted
EXCERPT = 300  # characters of each
EXAMPLES = Hyperparameter(
    name="report_examples", type=bool, default=True, help="Quote held-out texts in the job's output; false: none."
)


@dataclass
class Evaluation:
    """What is known of a job so far: its parts by the names that they have in the file.

    `data` describes the channels, `held_out` the model's answers to the records of those that it was not trained on,
    `words` the n-grams that speak most for each label, with their weights, `vectors` word vectors.
    """

    started: float = field(default_factory=time.monotonic)
    data: dict[str, Any] = field(default_factory=dict)
    held_out: dict[str, dict[str, Any]] = field(default_factory=dict)
    words: Mapping[str, Sequence[tuple[str, float]]] = field(default_factory=dict)
    vectors: Mapping[str, Any] = field(default_factory=dict)

    def save(self, path: Path, card: Manifest, metrics: MetricLog, job: str | None) -> None:
        """Write evaluation.json of the model that the manifest `card` describes."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_object(path, {
            "format": FORMAT,
            "job": job,
            "image": {"name": card.image, "version": card.version},
            "labels": list(card.labels),
            "settings": card.settings,
            "versions": {"python": platform.python_version(), **card.libraries},
            "resources": self._resources(),
            "metrics": {"latest": metrics.latest, "history": metrics.history},
            "data": self.data,
            "held_out": self.held_out,
            "words": self.words,
            "vectors": self.vectors,
        })  # fmt: skip

    def _resources(self) -> dict[str, Any]:
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return {
            "seconds": round(time.monotonic() - self.started, 3),
            "cpu_seconds": round(sum(each.ru_utime + each.ru_stime for each in used), 3),
            "peak_memory_bytes": max(each.ru_maxrss for each in used) * 1024,
            "cpus": cpus.usable(),
        }


def mistakes(
    labels: Sequence[str], truth: NDArray[Any], probabilities: NDArray[Any], records: Sequence[Record]
) -> list[dict[str, Any]]:
    """Return the records that get a wrong label with the highest probability, with the beginnings of their texts."""
    best = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(best != truth)
    surest = wrong[np.argsort(-probabilities[wrong, best[wrong]], kind="stable")][:MISTAKES]
    return [
        {"text": records[number].text.strip()[:EXCERPT], "label": labels[int(truth[number])],
         "predicted": labels[int(best[number])], "probability": float(probabilities[number, best[number]]),
         "position": records[number].position}
        for number in surest.tolist()
    ]  # fmt: skip


def outcomes(truth: NDArray[Any], predicted: NDArray[Any], records: Sequence[Record]) -> dict[str, str]:
    """Return `right`, a bit for each record in base64, and `fingerprint`, the same for the same records in one order.

    The first record is the highest bit of the first byte. With both, two models can be compared record by record.

    Example:
        >>> outcomes(np.array([0, 1]), np.array([0, 0]), [Record("a", "x", ""), Record("b", "y", "")])["right"]
        'gA=='
    """
    digest = hashlib.sha256()
    for record in records:
        digest.update(f"{record.label}\0{record.text}\0".encode(errors="surrogatepass"))
    bits = np.packbits(np.asarray(truth) == predicted)
    return {"fingerprint": digest.hexdigest(), "right": base64.b64encode(bits.tobytes()).decode()}
