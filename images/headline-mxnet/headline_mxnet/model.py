"""The model as it is served: an artefact's files to predictions and explanations. Trains nothing, knows no HTTP."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np
from smcontract import manifest
from smcontract.errors import UserError
from smcontract.manifest import Manifest
from smcontract.records import RecordType
from textprep.errors import DataError

from headline_mxnet import IMAGE, explain
from headline_mxnet.classifier import Classifier
from headline_mxnet.explain import linear
from headline_mxnet.padded import Padded
from headline_mxnet.prepared import Encoder
from headline_mxnet.stored import ONNX
from headline_mxnet.titles import Titles

ENCODERS: dict[str, type[Encoder]] = {"text": Titles, "arrays": Padded}
EXPLAINERS: dict[str, Callable[..., dict[str, Any]]] = {"text": explain.words, "arrays": explain.positions}


@dataclass(frozen=True)
class Model:
    """A loaded model, in the form that `smcontract.serving.handler` asks for."""

    manifest: Manifest
    encoder: Encoder
    classifier: Classifier

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load an artefact, with or without its ONNX file, which is not read.

        Raises UserError when it is missing, damaged, foreign or of another format.
        """
        card = manifest.read(folder, IMAGE, optional=(ONNX,))
        settings = card.settings["hyperparameters"]
        try:
            encoder = ENCODERS[settings["input"]].load(folder, card)
        except DataError as error:
            raise UserError(str(error)) from error
        manifest.check_fingerprint(folder, card, encoder.fingerprint)
        return cls(card, encoder, Classifier.load(folder, settings, encoder.n_ids))

    @property
    def records(self) -> RecordType:
        """What a record of a request is."""
        return self.encoder.records

    def predict(self, records: Sequence[Any], explain: bool = False, k: int | None = None) -> list[dict[str, Any]]:
        """Return a prediction for each record.

        `label` is the most probable category, the first of equals; `score` its probability; `probabilities` holds
        that of every category. With `k` there are also `labels` and `scores`, those of the `k` most probable
        categories, best first (all categories where there are fewer). With `explain`, `explanation` says what each
        word adds to `score`, and `wide`, exactly, to what the wide part says: see `headline_mxnet.explain`.
        """
        ids, others = self.encoder.rows(records)
        probabilities = np.asarray(self.classifier.probabilities(ids, others), np.float64)
        labels = self.manifest.labels
        explainer = EXPLAINERS[self.manifest.settings["hyperparameters"]["input"]]
        predictions = []
        for record, row, of_labels in zip(records, ids, probabilities.tolist(), strict=True):
            best = of_labels.index(max(of_labels))
            prediction: dict[str, Any] = {
                "label": labels[best],
                "score": of_labels[best],
                "probabilities": dict(zip(labels, of_labels, strict=True)),
            }
            if k is not None:
                order = sorted(range(len(labels)), key=of_labels.__getitem__, reverse=True)
                prediction["labels"] = [labels[number] for number in order[:k]]
                prediction["scores"] = [of_labels[number] for number in order[:k]]
            if explain:
                words = self.encoder.words(record)
                probabilities_of = partial(self.classifier.probabilities, others=others)
                prediction["explanation"] = explainer(probabilities_of, words, row, best)
                if self.classifier.wide and words:
                    wide_part = linear(self.classifier.wide, words, row, others, best)
                    prediction["explanation"]["wide"] = wide_part
            predictions.append(prediction)
        return predictions
