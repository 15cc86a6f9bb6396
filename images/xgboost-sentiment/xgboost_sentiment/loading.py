"""A folder to the model in it: of reviews, or of numbers."""

from pathlib import Path

from smcontract import manifest
from smcontract.files import read_object

from xgboost_sentiment import boosters
from xgboost_sentiment.model import Model
from xgboost_sentiment.numeric import Numeric


def load(folder: Path) -> Model | Numeric:
    """Load an artefact of this image, or one of SageMaker's XGBoost. Raises UserError when it cannot be served."""
    return (Numeric if boosters.is_foreign(folder) or _holds_numbers(folder) else Model).load(folder)


def _holds_numbers(folder: Path) -> bool:
    """Whether the manifest names `input` features; a missing or damaged one is for the model to refuse."""
    path = folder / manifest.NAME
    settings = read_object(path).get("settings") if path.exists() else None
    given = settings.get("hyperparameters") if isinstance(settings, dict) else None
    return isinstance(given, dict) and given.get("input") == "features"
