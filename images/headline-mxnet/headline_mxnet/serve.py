"""What `smcontract.server.serve` runs: it finds this class through SAGEMAKER_SERVING_MODULE."""

from pathlib import Path
from types import MappingProxyType

from smcontract.serving import codecs, handler

from headline_mxnet.model import Model


class Handler(handler.Handler):
    """Serves headlines or rows of ids, whichever the model was trained on; CSV answers the best label and its score."""

    csv_columns = ("label", "score")
    options = MappingProxyType({"k": codecs.count})

    def default_model_fn(self, model_dir: str) -> Model:
        """Load the model."""
        return Model.load(Path(model_dir))
