"""What `smcontract.server.serve` runs: it finds this class through SAGEMAKER_SERVING_MODULE."""

from pathlib import Path

from smcontract.serving import handler

from xgboost_sentiment.model import Model


class Handler(handler.Handler):
    """Serves reviews or rows of numbers, whichever the model was trained on."""

    def default_model_fn(self, model_dir: str) -> Model:
        """Load the model."""
        return Model.load(Path(model_dir))
