"""The last step of a job: a trained model's files become an artefact, with the answers that it gives when loaded."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from smcontract import manifest
from smcontract.manifest import Manifest, Model
from smcontract.training import evaluation, metrics, profile
from smcontract.training.profile import Sample
from smcontract.training.train import Context

Loaded = TypeVar("Loaded", bound=Model)


def finish(
    folder: Path,
    description: Manifest,
    load: Callable[[Path], Loaded],
    golden: Sequence[Any],
    context: Context,
    evaluate: Callable[[Loaded], None] | None = None,
    sample: Sample | None = None,
    held_out: Sequence[Any] = (),
) -> None:
    """Add manifest.json to the model's files in `folder`, which `artefact.staged` gave; write the job's metrics.json
    and evaluation.json.

    The model is loaded as it will be served, and evaluated: `evaluate` may report metrics and write files. Then it
    predicts the `golden` records, given as JSON has them; their predictions are checked wherever the model is served.
    From the `sample` of training texts, and from `held_out` records as JSON has them, which the model was not trained
    on, comes the baseline that requests are compared with. Raises what `load` raises.
    """
    manifest.write(folder, description)
    model = load(folder)
    if evaluate is not None:
        evaluate(model)
    predictions = model.predict([model.records.from_json(record) for record in golden])
    pairs = zip(golden, predictions, strict=True)
    examples = tuple({"record": record, "prediction": prediction} for record, prediction in pairs)
    baseline = profile.describe(model, sample or Sample(), held_out)
    described = replace(
        model.manifest,
        metrics=context.metrics.latest,
        golden=examples,
        baseline=baseline.to_json() if baseline else {},
    )
    card = manifest.write(folder, described)
    output = context.paths.output_data
    context.evaluation.save(output / evaluation.NAME, card, context.metrics, context.job.name)
    context.metrics.save(output / metrics.NAME)  # now: the model is the last that a job leaves
