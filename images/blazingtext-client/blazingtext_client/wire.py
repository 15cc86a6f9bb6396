"""BlazingText's bodies: what its requests hold beside the records, and answers without a wrapper around them.

A JSON answer is the list of predictions itself. All else about bodies is as in every image: see
`smcontract.serving.codecs`.
"""

import csv
import io
from collections.abc import Sequence
from typing import Any

from smcontract import media, strictjson
from smcontract.records import RecordError
from smcontract.serving import codecs
from smcontract.serving.codecs import Prediction


def configuration(value: Any) -> int:
    """The number of labels wanted of each sentence, out of a request's `configuration`; 1 unless it says so.

    Raises ValueError with what to send instead.

    Example:
    >>> configuration({"k": 2}), configuration({})
    (2, 1)
    """
    try:
        if not value.keys() - {"k"}:
            return codecs.count(value.get("k", 1))
    except (AttributeError, ValueError):
        pass
    raise ValueError('an object like {"k": 2}, "k" a whole number from 1 and nothing beside it')


def encode(predictions: Sequence[Prediction | RecordError], accept: str) -> bytes:
    """The body that answers with these predictions, a RecordError becoming an error record in its place.

    A row of CSV is a word and its numbers, or each label and its probability.

    Example:
    >>> encode([{"vector": [0.5, 0.25], "word": "film"}], media.JSON)
    b'[{"vector": [0.5, 0.25], "word": "film"}]'
    """
    if accept == media.JSON_LINES:
        return codecs.encode(predictions, accept, ())
    if accept == media.JSON:
        return strictjson.dumps([{"error": str(p)} if isinstance(p, RecordError) else p for p in predictions])
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(map(_row, predictions))
    return out.getvalue().encode(errors="backslashreplace")


def _row(prediction: Prediction | RecordError) -> list[Any]:
    if isinstance(prediction, RecordError):
        return [f"ERROR: {prediction}"]
    if "vector" in prediction:
        return [prediction["word"], *prediction["vector"]]
    return [cell for pair in zip(prediction["label"], prediction["prob"], strict=True) for cell in pair]
