"""The form of evaluation.json: see docs/reports.md. What a report reads has been checked here, whoever wrote it."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from driver.errors import quote

FORMAT = 1


class FormError(ValueError):
    """The document has another form; the message says where."""


@dataclass(frozen=True)
class _Object:
    """An object with these members, and perhaps those."""

    members: Mapping[str, Any]
    others: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Map:
    """An object whose members are all of one form."""

    of: Any


@dataclass(frozen=True)
class _List:
    """An array whose items are all of one form."""

    of: Any


NUMBER, MAYBE = (int, float), (int, float, type(None))
POINT = (NUMBER, NUMBER)
BASELINE = _Object({"name": (str,), "accuracy": NUMBER, "macro_f1": NUMBER})
CURVE = _Object({"label": (str,), "roc_auc": NUMBER, "average_precision": NUMBER, "roc": _List(POINT),
                 "precision_recall": _List(POINT)})  # fmt: skip
BIN = _Object({"from": NUMBER, "to": NUMBER, "records": (int,), "probability": NUMBER, "share": NUMBER})
MISTAKE = _Object({"text": (str,), "label": (str,), "predicted": (str,), "probability": NUMBER, "position": (str,)})
HELD_OUT = _Object(
    {
        "records": (int,), "labels": _List((str,)), "confusion": _List(_List((int,))), "accuracy": NUMBER,
        "macro_f1": NUMBER, "precision": _Map(MAYBE), "recall": _Map(MAYBE), "f1": _Map(MAYBE), "log_loss": NUMBER,
        "brier_score": NUMBER, "curves": _List(CURVE),
        "calibration": _Object({"of": (str, type(None)), "bins": _List(BIN), "expected_calibration_error": NUMBER}),
    },
    {
        "fingerprint": (str,), "right": (str,), "mistakes": _List(MISTAKE), "baselines": _List(BASELINE),
        "warnings": _List((str,)),
    },
)  # fmt: skip
CHANNEL = _Object(
    {"records": (int,), "labels": _Map((int,)), "words": _List(POINT), "repeated": (int,)},
    {"shared_with_train": (int,), "unknown_words": MAYBE},
)
NEIGHBOURS = _Object({"word": (str,), "count": (int,), "nearest": _List(((str,), NUMBER))})
SIMILARITY = _Object({"spearmans_rho": NUMBER, "total_pairs": (int,), "not_found": (int,),
                      "pairs": _List(((str,), (str,), NUMBER, NUMBER))})  # fmt: skip
VECTORS = _Object({}, {
    "words": (int,), "dim": (int,), "similarity": _Map(SIMILARITY), "neighbours": _List(NEIGHBOURS),
    "map": _Object({"words": _List((str,)), "vectors": (str,)}),
})  # fmt: skip
DOCUMENT = _Object({
    "format": (int,), "job": (str, type(None)), "image": _Object({"name": (str,), "version": (str,)}),
    "labels": _List((str,)), "settings": _Object({}, {"hyperparameters": _Map((object,))}), "versions": _Map((str,)),
    "resources": _Object({"seconds": NUMBER, "cpu_seconds": NUMBER, "peak_memory_bytes": NUMBER, "cpus": (int,)}),
    "metrics": _Object({"latest": _Map(MAYBE), "history": _List(_Map((int, float, str, type(None))))}),
    "data": _Map(CHANNEL), "held_out": _Map(HELD_OUT), "words": _Map(_List(((str,), NUMBER))), "vectors": VECTORS,
})  # fmt: skip
"""Tuples of types are alternatives, tuples of forms are arrays of as many items. Unknown members are ignored."""


def parse(content: bytes) -> dict[str, Any]:
    """Return the document. Raises FormError."""
    try:
        # A lone surrogate, which JSON can escape, becomes a question mark: neither pandas nor a file takes one.
        document = json.loads(json.dumps(json.loads(content), ensure_ascii=False).encode(errors="replace"))
    except (ValueError, RecursionError) as error:
        raise FormError("it is not JSON") from error
    _check(document, DOCUMENT, "it")
    if document["format"] != FORMAT:
        raise FormError(f"its format is {document['format']}, and this version reads {FORMAT}")
    for name, held_out in document["held_out"].items():
        _check_held_out(held_out, f"held_out.{name}")
    for line in document["metrics"]["history"]:
        if "epoch" in line and not isinstance(line["epoch"], int):
            raise FormError(f"metrics.history has the epoch {quote(line['epoch'])}")
    if document["vectors"]:
        _check_vectors(document["vectors"])
    return dict(document)


def _check(value: object, form: Any, place: str) -> None:
    match form:
        case _Object(members, others) if isinstance(value, dict):
            for name, of in members.items():
                if name not in value:
                    raise FormError(f"{place} has no {name}")
                _check(value[name], of, name if place == "it" else f"{place}.{name}")
            for name in others.keys() & value.keys():
                _check(value[name], others[name], f"{place}.{name}")
        case _Map(of) if isinstance(value, dict):
            for name, item in value.items():
                _check(item, of, f"{place}.{name}")
        case _List(of) if isinstance(value, list):
            for number, item in enumerate(value):
                _check(item, of, f"{place}[{number}]")
        case tuple() if all(isinstance(kind, type) for kind in form):
            if not isinstance(value, form) or (isinstance(value, bool) and object not in form):
                raise FormError(f"{place} is {quote(value)}")
        case tuple() if isinstance(value, list) and len(value) == len(form):
            for number, (item, of) in enumerate(zip(value, form, strict=True)):
                _check(item, of, f"{place}[{number}]")
        case _:
            raise FormError(f"{place} is {quote(value)}")


def _check_held_out(held_out: Mapping[str, Any], place: str) -> None:
    count = len(held_out["labels"])
    if not held_out["records"] > 0:
        raise FormError(f"{place} has {held_out['records']} records")
    if [len(row) for row in held_out["confusion"]] != [count] * count or len(set(held_out["labels"])) < max(count, 1):
        raise FormError(f"{place}: the confusion matrix is not one of its labels")
    for name in ("precision", "recall", "f1"):
        if set(held_out[name]) != set(held_out["labels"]):
            raise FormError(f"{place}.{name} is not one of its labels")
    if not 0 <= held_out["accuracy"] <= 1:
        raise FormError(f"{place}.accuracy is {held_out['accuracy']}")
    if not held_out["calibration"]["bins"] or any(
        len(each[name]) < 1 for each in held_out["curves"] for name in ("roc", "precision_recall")
    ):
        raise FormError(f"{place} has a curve without points")
    if "right" in held_out and len(_decoded(held_out["right"], f"{place}.right")) != -(-held_out["records"] // 8):
        raise FormError(f"{place}.right is not a bit for each record")


def _check_vectors(vectors: Mapping[str, Any]) -> None:
    if missing := VECTORS.others.keys() - vectors.keys():
        raise FormError(f"vectors has no {', '.join(sorted(missing))}")
    size = 2 * vectors["dim"] * len(vectors["map"]["words"])
    if len(_decoded(vectors["map"]["vectors"], "vectors.map.vectors")) != size:
        raise FormError("vectors.map.vectors is not a vector for each word")


def _decoded(text: str, place: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise FormError(f"{place} is not base64") from error
