"""What `smcontract.server.serve` runs: it finds this class through SAGEMAKER_SERVING_MODULE."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from smcontract.httperrors import BadRequestError
from smcontract.manifest import Model
from smcontract.records import RecordError
from smcontract.serving import codecs, handler
from smcontract.serving.codecs import Option, Parts, Prediction

from blazingtext_client import wire
from blazingtext_client.model import load
from blazingtext_client.records import Sentences


class Handler(handler.Handler):
    """Serves word vectors or text classes, whichever the model holds, in the form of BlazingText's answers."""

    options: Mapping[str, Option] = MappingProxyType(
        {"configuration": wire.configuration, "k": codecs.count}  # "k" as a record of JSON Lines has it, sent as JSON
    )

    def default_model_fn(self, model_dir: str) -> Model:
        """Load the model."""
        return load(Path(model_dir))

    def default_predict_fn(self, data: Parts, model: Model) -> list[Prediction | RecordError]:
        """Predict the records; raises BadRequestError, and BadRecordError unless in batch mode."""
        if data.explain:
            raise BadRequestError('"explain" is true, but this image cannot explain; leave it out')
        if data.options and not isinstance(model.records, Sentences):
            name = next(iter(data.options))
            raise BadRequestError(f'"{name}" applies to text classes, but the model holds word vectors; leave it out')
        if len(data.options) > 1:
            raise BadRequestError('"k" is both beside the records and in "configuration"; give it once')
        return super().default_predict_fn(data, model)

    def default_output_fn(self, prediction: Sequence[Prediction | RecordError], accept: str) -> bytes:
        """The body of the answer: JSON is a list without a wrapper."""
        return wire.encode(prediction, accept)
