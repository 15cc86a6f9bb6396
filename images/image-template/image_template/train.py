"""What the `train` program runs: it finds `main` through SAGEMAKER_TRAINING_MODULE."""

from dataclasses import replace
from importlib.metadata import version

import numpy as np
from scipy.special import softmax
from smcontract import manifest
from smcontract.errors import UserError
from smcontract.training import artefact, texts
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
    if len(context.job.resources.hosts) > 1:
        raise UserError("the job has several instances, but this image trains on one: set InstanceCount to 1")
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
        np.save(folder / WEIGHTS, weights)
        pipeline.save(folder)
        card = manifest.Manifest(IMAGE, version(IMAGE), pipeline.fingerprint, labels, metrics=context.metrics.latest)
        manifest.write(folder, card)
        golden = [texts.excerpt(record.text) for record in records[:4]]  # scored as they will be served, and kept
        answers = Model.load(folder).predict(golden)
        examples = [{"record": text, "prediction": answer} for text, answer in zip(golden, answers, strict=True)]
        manifest.write(folder, replace(card, golden=tuple(examples)))
        context.metrics.save(context.paths.output_data / "metrics.json")
