"""What `smcontract.server.serve` runs: it finds this class through SAGEMAKER_SERVING_MODULE."""

from pathlib import Path

from smcontract.serving import handler

from image_template.model import Model


class Handler(handler.Handler):
    """Serves texts; CSV answers the label and its score."""

    csv_columns = ("label", "score")

    def default_model_fn(self, model_dir: str) -> Model:
        """Load the model."""
        return Model.load(Path(model_dir))
