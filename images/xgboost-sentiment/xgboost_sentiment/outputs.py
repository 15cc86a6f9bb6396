"""What answers hold, in the forms of SageMaker's XGBoost. Knows no HTTP and no files."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from smcontract.errors import UserError, shown
from smcontract.records import RecordError
from smcontract.serving.codecs import Prediction

if TYPE_CHECKING:
    from xgboost_sentiment.boosters import Boosters

VARIABLE = "SAGEMAKER_INFERENCE_OUTPUT"

_CLASSES = ("predicted_label", "labels", "raw_score", "raw_scores")
_PROBABILITIES = ("probability", "probabilities")
_KEYS = (*_CLASSES, *_PROBABILITIES, "predicted_score")


def selected(text: str, boosters: "Boosters") -> tuple[str, ...]:
    """Return the keys that SAGEMAKER_INFERENCE_OUTPUT names. Raises UserError when the model has not all of them."""
    keys = tuple(text.replace(" ", "").lower().split(","))
    available: tuple[str, ...] = ("predicted_score",)
    if boosters.n_classes:
        has = boosters.objective in ("binary:logistic", "multi:softprob")
        available = (*_CLASSES, *(_PROBABILITIES if has else ()))
    for key in keys:
        if key not in available:
            why = f"{boosters.objective} has none" if key in _KEYS else "it is unknown"
            raise UserError(f"{VARIABLE} names {shown(key)}, but {why}: choose from {', '.join(available)}")
    return keys


def select(prediction: Prediction, keys: Sequence[str], n_classes: int) -> Prediction:
    """Return what was selected of a prediction; of one number, `raw_scores` are 1 less it, and it.

    Example:
        >>> select({"label": "1", "score": 0.75}, ["predicted_label", "raw_scores"], 2)
        {'predicted_label': 1, 'raw_scores': [0.25, 0.75]}
    """
    score = prediction["score"]
    scores = score if isinstance(score, list) else [1 - score, score]
    highest = max(scores) if isinstance(score, list) else score
    label = int(prediction["label"]) if "label" in prediction else None
    values = {
        "predicted_label": label, "labels": list(range(n_classes)), "raw_score": highest, "raw_scores": scores,
        "probability": highest, "probabilities": scores, "predicted_score": score,
    }  # fmt: skip
    return {key: values[key] for key in keys}


def lines(predictions: Sequence[Prediction | RecordError], brackets: bool) -> bytes:
    r"""Return scores as text, a line each; those of several classes separated by commas, or as in a batch in brackets.

    Example:
        >>> lines([{"score": 0.5}, {"score": [0.25, 0.75]}], brackets=False)
        b'0.5\n0.25,0.75\n'
    """
    return "".join(f"{_text(prediction, brackets)}\n" for prediction in predictions).encode()


def joined(predictions: Sequence[Prediction | RecordError]) -> bytes:
    """Return scores as text, all in one line, as SageMaker's XGBoost did before version 1.3.

    Example:
        >>> joined([{"score": 0.5}, {"score": 0.25}])
        b'0.5,0.25'
    """
    return ",".join(_text(prediction, True) for prediction in predictions).encode()


def _text(prediction: Prediction | RecordError, brackets: bool) -> str:
    if isinstance(prediction, RecordError):
        return f'"ERROR: {prediction}"'.replace("\n", " ")
    score: Any = prediction["score"]
    return ",".join(map(str, score)) if isinstance(score, list) and not brackets else str(score)
