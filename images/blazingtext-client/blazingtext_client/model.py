"""The model as it is served: word vectors or a text classifier, from our own artefact or a foreign one.

A foreign artefact is what BlazingText or fastText made: it has no manifest, so nothing in it can be checked against
the day of its training. Trains nothing, knows no HTTP. No thread is started, so workers may be forked afterwards.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from smcontract import manifest
from smcontract.errors import AlgorithmError, UserError, shown
from smcontract.manifest import Manifest
from smcontract.records import RecordType

from blazingtext_client import IMAGE, classifier, fasttextfile
from blazingtext_client.fasttextfile import SUPERVISED
from blazingtext_client.records import Sentence, Sentences, Words
from blazingtext_client.whitespace import words, words_of_fasttext
from blazingtext_client.wordvectors import WordVectors

VECTORS, VECTORS_TEXT, CLASSIFIER = "vectors.bin", "vectors.txt", "model.bin"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Vectors:
    """Answers words with their vectors."""

    manifest: Manifest
    vectors: WordVectors

    @property
    def records(self) -> RecordType:
        """A word."""
        return Words()

    def predict(self, records: Sequence[str], explain: bool = False) -> list[dict[str, Any]]:  # noqa: ARG002
        """For each word `vector`, `dim` floats, and `word`; what `WordVectors.vectors` says of unknown ones holds.

        Raises AlgorithmError for a vector that holds NaN or an infinity.
        """
        rows = self.vectors.vectors(records)
        if not np.isfinite(rows).all():
            word = records[int(np.flatnonzero(~np.isfinite(rows).all(axis=1))[0])]
            raise AlgorithmError(f"the vector of {shown(word)} is not finite: train again with a lower learning rate")
        return [{"vector": row, "word": word} for row, word in zip(rows.tolist(), records, strict=True)]


@dataclass(frozen=True)
class Classifier:
    """Answers sentences with their most probable labels.

    `words` finds the words of a text as they were found when the model was trained.
    """

    manifest: Manifest
    engine: classifier.Classifier
    words: Callable[[str], list[str]]

    @property
    def records(self) -> RecordType:
        """A sentence, and how many labels are wanted."""
        return Sentences()

    def predict(
        self,
        records: Sequence[Sentence],
        explain: bool = False,  # noqa: ARG002
        configuration: int = 1,
        k: int | None = None,
    ) -> list[dict[str, Any]]:
        """For each sentence `prob`, descending, and `label`: k of each, or as many as the model has labels.

        `k`, else `configuration`, is the k of those that do not name their own.

        The probabilities are fastText's single-precision numbers, by whose rounding 1.00001 is possible. A sentence
        without a word that the model knows gets no label, unless the corpus had line ends, which count as a word.
        """
        return [self._prediction(text, own or k or configuration) for text, own in records]

    def _prediction(self, text: str, k: int) -> dict[str, Any]:
        pairs = self.engine.predict(self.words(text), k)
        return {"prob": [probability for _, probability in pairs], "label": [label for label, _ in pairs]}


def load(folder: Path) -> Vectors | Classifier:
    """Load an artefact: vectors.bin, model.bin, or vectors.txt where there is no .bin file.

    A .bin file may hold either kind of model under either name; with a manifest.json beside it the files are checked.
    Raises UserError when it is missing, damaged, ambiguous, foreign or of another format.
    """
    path = _file(folder)
    card = manifest.read(folder, IMAGE) if (folder / manifest.NAME).exists() else None
    if card is None:
        log.info("%s has no %s, so it is served unchecked, as fastText or BlazingText made it", path, manifest.NAME)
        card = Manifest(IMAGE, version="")
    if path.suffix == ".txt":
        log.info("%s is missing: unknown words get zeros, because %s has no subwords", VECTORS, path.name)
        return Vectors(card, WordVectors.read_text(path))
    file = fasttextfile.read(path)
    if file.arguments.model != SUPERVISED:
        return Vectors(card, WordVectors.of(file))
    is_ours = (folder / manifest.NAME).exists()
    engine = classifier.Classifier(file)
    return Classifier(replace(card, labels=file.labels), engine, words if is_ours else words_of_fasttext)


def _file(folder: Path) -> Path:
    binaries = [folder / name for name in (VECTORS, CLASSIFIER) if (folder / name).is_file()]
    if len(binaries) > 1:
        raise UserError(f"{folder} holds both {VECTORS} and {CLASSIFIER}: keep the one to serve")
    text = folder / VECTORS_TEXT
    if not binaries and not text.is_file():
        raise UserError(
            f"{folder} holds neither {VECTORS} nor {CLASSIFIER} nor {VECTORS_TEXT}, so it is not a model: check "
            "ModelDataUrl, "
            "and rename a .bin file of another name"
        )
    return binaries[0] if binaries else text
