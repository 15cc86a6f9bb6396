"""How an image plugs its model into the server.

An image writes a `Handler` subclass, most often of one method, and names it in the environment variable
`SAGEMAKER_SERVING_MODULE`, as `module:Class`:

    class SentimentHandler(Handler):
        def default_model_fn(self, model_dir):
            return Sentiment.load(Path(model_dir))

What it returns is a loaded `Model`, with three members:

- `manifest`: the artefact's `smcontract.manifest.Manifest`. Its golden records are scored again, through
  `records.from_json` and `predict`, in every worker before that worker takes requests.
- `records`: `smcontract.records.Text()` or `.Numbers(n_features)`, or another `RecordType`: what a record is.
- `predict(records, explain=False) -> list[dict]`: one JSON-ready dict a record, in order, all numbers plain Python and
  finite. CSV answers hold the members named in `Handler.csv_columns`. Never called with no records; called by one
  thread at a time. Options that the handler declares arrive as further keywords, where the request has them. An
  exception is the image's fault and becomes a 500: bad records were sorted out before.

`default_model_fn` is called once in a child process, where a model may crash its library
(`smcontract.server.rehearsal`), and once in the master, before the workers are forked. It must start no threads (an
OpenMP runtime that has started before a fork hangs after it), and raises `smcontract.errors.UserError` for a missing,
foreign or damaged model: the server then prints that sentence and ends.

The methods have the names of `sagemaker_inference`'s handlers. The toolkit's decoders are not used: they answer 500
for a bad body, drop blank lines and read pickles.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sagemaker_inference.default_inference_handler import DefaultInferenceHandler

from smcontract import media
from smcontract.errors import AlgorithmError
from smcontract.httperrors import BadRecordError
from smcontract.manifest import Model, check_golden
from smcontract.records import RecordError, RecordType
from smcontract.serving import codecs
from smcontract.serving.codecs import NO_OPTIONS, Option, Parts, Prediction


class Handler(DefaultInferenceHandler):  # type: ignore[misc]  # the toolkit carries no types
    """Turns a request body into the body that answers it.

    `batch` is whether the server runs in a batch transform: a bad record then becomes an error record in its place,
    where online the request is refused with a sentence that names the record. `options` names what a JSON body may hold
    beside its records and `explain`, such as `{"k": codecs.count}`. `untyped` is the media type of a body without
    Content-Type, which is otherwise refused; `usual` that of answers whose request has no Accept, which otherwise
    follows from the request's.
    """

    offered: tuple[str, ...] = (media.JSON, media.JSON_LINES, media.CSV)
    csv_columns: tuple[str, ...] = ("score",)
    options: Mapping[str, Option] = NO_OPTIONS
    untyped: str | None = None
    usual: str | None = None

    def __init__(self, batch: bool = False) -> None:
        self.batch = batch

    def accepted(self, model: Model) -> tuple[str, ...]:
        """The media types of the bodies that `default_input_fn` reads."""
        return model.records.media_types

    def default_model_fn(self, model_dir: str) -> Model:
        """Load the model from this folder; every image writes this method."""
        raise NotImplementedError(f"{type(self).__name__} must have a default_model_fn")

    def default_input_fn(self, input_data: bytes, content_type: str) -> Parts:
        """Split a body of one of the accepted media types; raises BadRequestError."""
        return codecs.decode(input_data, content_type, tolerant=self.batch, options=self.options, whole_rows=True)

    def default_predict_fn(self, data: Parts, model: Model) -> list[Prediction | RecordError]:
        """Score the records, all good ones in one call; raises BadRecordError unless in batch mode."""
        records = self._records(data, model.records)
        good = [record for record in records if not isinstance(record, RecordError)]
        predictions = model.predict(good, data.explain, **data.options) if good else []
        if len(predictions) != len(good):
            raise AlgorithmError(f"{len(good)} records gave {len(predictions)} predictions")
        if len(good) == len(records):
            return list(predictions)
        following = iter(predictions)
        return [record if isinstance(record, RecordError) else next(following) for record in records]

    def default_output_fn(self, prediction: Sequence[Prediction | RecordError], accept: str) -> bytes:
        """The body of the answer, in one of the media types offered."""
        return codecs.encode(prediction, accept, self.csv_columns)

    def join(self, answers: Sequence[bytes], accept: str) -> bytes:
        """One body of those that answer the parts of a request, one after the other."""
        if accept != media.JSON or len(answers) == 1:
            return b"".join(answers)
        empty = self.default_output_fn([], accept)  # what stands around the predictions
        end = empty.rindex(b"]")
        behind = len(empty) - end
        return empty[:end] + b", ".join(answer[end:-behind] for answer in answers) + empty[end:]

    def check(self, model: Model) -> None:
        """Score the golden records again; raises AlgorithmError when the scores are not those of training time."""
        check_golden(model.manifest, lambda records: model.predict([model.records.from_json(r) for r in records]))

    def _records(self, data: Parts, records: RecordType) -> list[Any]:
        convert: Callable[[Any], Any]
        if data.kind == "row" and not hasattr(records, "from_row"):
            convert = lambda row: records.from_csv(row.split(",") if row else [])  # noqa: E731
        else:
            convert = getattr(records, f"from_{data.kind}")
        try:
            good = [convert(part) for part in data.values if not isinstance(part, RecordError)]
        except RecordError:
            good = []
        if len(good) == len(data.values):  # as in nearly every request
            return good
        result: list[Any] = []
        for number, part in enumerate(data.values, start=data.first):
            try:
                if isinstance(part, RecordError):
                    raise part
                result.append(convert(part))
            except RecordError as error:
                if not self.batch:
                    raise BadRecordError(number, error) from None
                result.append(error)
        return result
