"""What `smcontract.server.serve` runs: it finds this class through SAGEMAKER_SERVING_MODULE."""

from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from smcontract.serving import codecs, handler

from headline_mxnet.model import Model
from headline_mxnet.stored import is_foreign

if TYPE_CHECKING:
    from headline_mxnet.foreign import Foreign


class Handler(handler.Handler):
    """Serves headlines or rows of ids, whichever the model was trained on; CSV answers the best label and its score.

    So is a model that MXNet itself has saved.
    """

    csv_columns = ("label", "score")
    options = MappingProxyType({"k": codecs.count})

    def default_model_fn(self, model_dir: str) -> "Model | Foreign":
        """Load the model."""
        folder = Path(model_dir)
        if not is_foreign(folder):
            return Model.load(folder)
        from headline_mxnet.foreign import Foreign  # with MXNet, which other models do without

        return Foreign.load(folder)
