"""A folder to the model in it: of reviews, or of numbers."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from smcontract import manifest
from smcontract.files import read_object

from xgboost_sentiment.foreign import is_foreign
from xgboost_sentiment.manylabels import ManyLabels
from xgboost_sentiment.model import Model

if TYPE_CHECKING:
    from xgboost_sentiment.numeric import Numeric


def load(folder: Path) -> "Model | ManyLabels | Numeric":
    """Load an artefact of this image, or one of SageMaker's XGBoost. Raises UserError when it cannot be served."""
    card = _card(folder)
    if is_foreign(folder) or _input(card) == "features":
        from xgboost_sentiment.numeric import Numeric  # with XGBoost, which linear models of reviews have no need of

        return Numeric.load(folder)
    labels = card.get("labels")
    return (ManyLabels if isinstance(labels, list) and len(labels) > 2 else Model).load(folder)


def _card(folder: Path) -> dict[str, Any]:
    """The manifest, as far as it can be read; a missing or damaged one is for the model to refuse."""
    path = folder / manifest.NAME
    return read_object(path) if path.exists() else {}


def _input(card: dict[str, Any]) -> Any:
    settings = card.get("settings")
    given = settings.get("hyperparameters") if isinstance(settings, dict) else None
    return given.get("input") if isinstance(given, dict) else None
