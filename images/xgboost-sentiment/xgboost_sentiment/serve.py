"""What `smcontract.server.serve` runs: it finds this class through SAGEMAKER_SERVING_MODULE."""

import os
from collections.abc import Sequence
from pathlib import Path

from smcontract import media
from smcontract.errors import UserError
from smcontract.httperrors import BadRequestError
from smcontract.manifest import Model as ServedModel
from smcontract.records import RecordError
from smcontract.serving import handler
from smcontract.serving.codecs import Parts, Prediction

from xgboost_sentiment import outputs
from xgboost_sentiment.loading import load
from xgboost_sentiment.manylabels import ManyLabels
from xgboost_sentiment.model import Model
from xgboost_sentiment.standin import StandIn


class Handler(handler.Handler):
    """Serves reviews or rows of numbers, whichever the model was trained on.

    CSV answers the score; a model of three labels or more answers the label and its score. Where this image stands in
    for SageMaker's XGBoost, requests are taken and CSV is written as by that algorithm.
    """

    def __init__(self, batch: bool = False) -> None:
        super().__init__(batch)
        self._stand_in = StandIn.of(os.environ)
        self._selection = os.environ.get(outputs.VARIABLE, "")
        self._is_numeric, self._n_classes = False, 0
        if self._stand_in:
            self.untyped, self.usual = media.LIBSVM, media.CSV

    def default_model_fn(self, model_dir: str) -> ServedModel:
        """Load the model."""
        model = load(Path(model_dir))
        self._is_numeric = not isinstance(model, (Model, ManyLabels))
        if isinstance(model, ManyLabels):
            self.csv_columns = ("label", "score")
        if self._selection:
            if isinstance(model, (Model, ManyLabels)):
                raise UserError(f"{outputs.VARIABLE} is for models of input features, and this one takes reviews")
            self.csv_columns = outputs.selected(self._selection, model.boosters)
            self._n_classes = model.boosters.n_classes
        return model

    def default_input_fn(self, input_data: bytes, content_type: str) -> Parts:
        """Split a body of one of the accepted media types; raises BadRequestError."""
        if content_type != media.RECORDIO:
            return super().default_input_fn(input_data, content_type)
        from xgboost_sentiment import recordio  # with protobuf, a quarter of the time that all imports take

        try:
            return Parts("message", list(recordio.split(input_data)))
        except RecordError as error:
            raise BadRequestError(f"the body is not recordio-protobuf: {error}") from None

    def default_predict_fn(self, data: Parts, model: ServedModel) -> list[Prediction | RecordError]:
        """Score the records; raises BadRecordError unless in batch mode."""
        found = super().default_predict_fn(data, model)
        if not self._selection:
            return found
        keys, count = self.csv_columns, self._n_classes
        return [one if isinstance(one, RecordError) else outputs.select(one, keys, count) for one in found]

    def default_output_fn(self, prediction: Sequence[Prediction | RecordError], accept: str) -> bytes:
        """The body of the answer, in one of the media types offered."""
        if accept != media.CSV or self._selection or not self._is_numeric:
            return super().default_output_fn(prediction, accept)
        if self._joins:
            return outputs.joined(prediction)
        return outputs.lines(prediction, brackets=bool(self._stand_in) and self.batch)

    def join(self, answers: Sequence[bytes], accept: str) -> bytes:
        """One body of those that answer the parts of a request, one after the other."""
        is_line = accept == media.CSV and self._joins and self._is_numeric and not self._selection
        return b",".join(answers) if is_line else super().join(answers, accept)

    @property
    def _joins(self) -> bool:
        return self._stand_in.joins and not self.batch
