"""What the `train` program runs: it finds `main` through SAGEMAKER_TRAINING_MODULE."""

import numpy as np
from scipy.special import softmax
from smcontract.errors import UserError
from smcontract.manifest import Manifest
from smcontract.training import artefact, texts
from smcontract.training.finish import finish
from smcontract.training.profile import Sample
from smcontract.training.train import Context, run
from textprep.pipeline import Pipeline, Specification

from image_template import IMAGE
from image_template.hyperparameters import TABLE
from image_template.model import WEIGHTS, Model


def main() -> None:
    """Train the job that /opt/ml describes."""
    run(algorithm, TABLE)


def algorithm(context: Context) -> None:
    """Read, train, save; on SIGTERM save what there is. Raises UserError or DataError for data that cannot be used."""
    context.job.check_one_host()
    records = list(texts.read(context.job.channel("train")))
    labels = tuple(sorted({str(record.label) for record in records}))
    if len(labels) < 2:
        raise UserError(f"the labels of the training texts are {', '.join(labels)}: give texts of two or more")
    specification = Specification(ngram_max=2, min_count=1, weighting="none")
    pipeline, features = Pipeline.fit(specification, [record.text for record in records], None)
    truth = np.eye(len(labels))[[labels.index(str(record.label)) for record in records]]
    weights = np.zeros((pipeline.n_features, len(labels)))
    for epoch in range(context.hyperparameters["epochs"]):
        guess = softmax(features @ weights, axis=1)
        weights += context.hyperparameters["learning_rate"] / len(records) * (features.T @ (truth - guess))
        context.metrics.report(epoch, {"train:accuracy": float((guess.argmax(1) == truth.argmax(1)).mean())})
        if context.stop.is_set():
            break
    with artefact.staged(context.paths.model) as folder:
        np.savez(folder / WEIGHTS, weights=weights)  # np.save would not say that a disk is full
        pipeline.save(folder)
        card = Manifest.of(IMAGE, ["numpy"], context.hyperparameters, pipeline.fingerprint, labels)
        golden = [texts.excerpt(record.text) for record in records[:4]]  # scored as they will be served, and kept
        sample = Sample.of(record.text for record in records)  # of which requests may differ: see docs/monitoring.md
        finish(folder, card, Model.load, golden, context, sample=sample)
