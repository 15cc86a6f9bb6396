"""What `smcontract.server.serve` runs: it finds this class through SAGEMAKER_SERVING_MODULE."""

from pathlib import Path

from smcontract import manifest
from smcontract.serving import handler

from xgboost_sentiment import IMAGE
from xgboost_sentiment.manylabels import ManyLabels
from xgboost_sentiment.model import Model


class Handler(handler.Handler):
    """Serves reviews or rows of numbers, whichever the model was trained on.

    CSV answers the score; a model of three labels or more answers the label and its score.
    """

    def default_model_fn(self, model_dir: str) -> Model | ManyLabels:
        """Load the model."""
        folder = Path(model_dir)
        card = manifest.read(folder, IMAGE)
        if len(card.labels) > 2:
            self.csv_columns = ("label", "score")
            return ManyLabels.load(folder, card)
        return Model.load(folder)
