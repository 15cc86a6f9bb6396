"""The sections of a report on one training job, from what `gather` found. Fetches nothing."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from driver.errors import several
from driver.report import charts, figures, vectors
from driver.report.gather import Job
from driver.report.page import Block, Cell, Facts, Quotation, Quotations, Section, Table, Text, Warnings

MOST_LABELS = 30
"""With a row or a chart of their own."""
MOST_WORD_CHARTS = 12
MEASURES = {
    "accuracy": "Accuracy", "macro_f1": "Macro-F1", "log_loss": "Log loss", "brier_score": "Brier score",
}  # fmt: skip


def of_job(job: Job) -> list[Section]:
    """Return all sections; those for which the job left nothing have no blocks."""
    channels = job.evaluation.get("held_out", {})
    parts = [
        ("Result", _result(job)),
        *((f"Quality: {name}", quality(channels[name], name)) for name in reversed(channels)),
        ("Training", _training(job)),
        ("Words that matter", _words(job)),
        *((f"Worst mistakes: {name}", _mistakes(channels[name])) for name in reversed(channels)),
        ("Word vectors", vectors.blocks(job.evaluation.get("vectors", {}))),
        ("Data", _data(job)),
        ("Settings", _settings(job)),
        ("Time, memory and versions", _resources(job)),
        ("End of the log", _log(job)),
    ]
    return [Section(title, list(blocks)) for title, blocks in parts]


def summary(job: Job) -> str:
    """Return the sentence below the title."""
    channel = figures.main_channel(job.evaluation)
    if channel is None:
        shown = ", ".join(f"{name} {value:.4f}" for name, value in job.metrics.items() if value is not None)
        return f"{job.status}. {shown or 'No metrics.'}"
    held_out = job.evaluation["held_out"][channel]
    records = several(held_out["records"], "held-out record")
    return f"{job.status}. Accuracy {held_out['accuracy']:.4f} on {records} ({channel})."


def _result(job: Job) -> Iterator[Block]:
    description = job.description
    machine = description.get("ResourceConfig", {})
    seconds = description.get("TrainingTimeInSeconds")
    yield Facts([
        ("Status", job.status),
        ("Image", job.image),
        ("Created", _time(description.get("CreationTime"))),
        ("Training time, seconds", seconds),
        ("Instances", f"{machine.get('InstanceCount', '?')} x {machine.get('InstanceType', '?')}"),
        ("Model", description.get("ModelArtifacts", {}).get("S3ModelArtifacts", "none")),
    ])  # fmt: skip
    warned = [reason] if (reason := description.get("FailureReason")) else []
    for name, held_out in job.evaluation.get("held_out", {}).items():
        warned += [f"{name}: {sentence}" for sentence in held_out.get("warnings", ())]
    if warned:
        yield Warnings(warned)
    if job.note:
        yield Text(job.note)
    elif job.evaluation and not job.evaluation["held_out"] and not job.evaluation["vectors"]:
        yield Text(
            "The job held no records back, so nothing says how good the model is on texts that it has not seen: add a "
            "channel called validation or test, or set validation_fraction."
        )
    if job.metrics:
        yield Table("Metrics, each with its last value", ["metric", "value"], [*job.metrics.items()])


def quality(held_out: Mapping[str, Any], name: str) -> Iterator[Block]:
    """Yield what is known of the model's answers to the records of one channel."""
    low, high = figures.wilson(held_out["accuracy"], held_out["records"])
    yield Facts([
        ("Records", held_out["records"]),
        *((label, held_out[key]) for key, label in MEASURES.items() if isinstance(held_out.get(key), float)),
        ("Accuracy, 95 % interval (Wilson)", f"{low:.4f} to {high:.4f}"),
    ])  # fmt: skip
    if baselines := held_out.get("baselines"):
        rows: list[list[Cell]] = [["this model", held_out["accuracy"], held_out["macro_f1"]]]
        rows += [[each["name"], each["accuracy"], each["macro_f1"]] for each in baselines]
        yield Table(f"Compared with simple models, {name}", ["model", "accuracy", "macro-F1"], rows)
    matrix = figures.confusion(held_out)
    if len(matrix) <= MOST_LABELS:
        yield _confusion(matrix, name)
    by_label = figures.of_labels(held_out)
    yield charts.table(f"By label, {name}", by_label.sort_values("records", ascending=False).head(MOST_LABELS))
    for key, title, axes in (
        ("roc", "ROC curve", ("false positive rate", "true positive rate")),
        ("precision_recall", "Precision and recall", ("recall", "precision")),
    ):
        if held_out["curves"]:
            frame = figures.curve(held_out, key, axes)
            yield charts.lines(f"{title}, {name}", frame, axes[1], diagonal=key == "roc")
    if held_out["curves"]:
        areas: list[list[Cell]] = [
            [each["label"], each["roc_auc"], each["average_precision"]] for each in held_out["curves"]
        ]
        yield Table(f"Areas below the curves, {name}", ["label", "ROC AUC", "average precision"], areas)
    of = held_out["calibration"]["of"]
    what = "the predicted label" if of is None else f"the label {of}"
    calibrated = figures.calibration(held_out)
    yield charts.lines(
        f"Calibration of {what}, {name}", calibrated[["share that is right"]], "share that is right", diagonal=True,
        markers=True,
    )  # fmt: skip
    yield Text(
        f"Expected calibration error {held_out['calibration']['expected_calibration_error']:.4f}: the mean distance "
        "between a probability and how often it comes true; 0 is perfect."
    )


def _confusion(matrix: pd.DataFrame, name: str) -> Table:
    rows = [[label, *map(int, row)] for label, row in zip(matrix.index, matrix.to_numpy(), strict=True)]
    totals = matrix.sum(axis=1).clip(lower=1)
    shades = [[None, *map(float, row)] for row in matrix.div(totals, axis=0).to_numpy()]
    return Table(
        f"Confusion matrix, {name}: a row for each true label, a column for each predicted one",
        ["actual", *(f"predicted {label}" for label in matrix.columns)], rows, shades,
    )  # fmt: skip


def _training(job: Job) -> Iterator[Block]:
    if job.evaluation:
        for metric, frame in figures.rounds(job.evaluation).items():
            if len(frame) > 1:
                yield charts.lines(f"{metric} by round", frame, metric)


def _words(job: Job) -> Iterator[Block]:
    found = figures.words(job.evaluation) if job.evaluation else {}
    for label, frame in list(found.items())[:MOST_WORD_CHARTS]:
        yield charts.bars(
            f"Words and n-grams that speak most for {label}", frame, "mean contribution per held-out record"
        )


def _mistakes(held_out: Mapping[str, Any]) -> Iterator[Block]:
    if not (found := held_out.get("mistakes")):
        return
    yield Text("The records that got a wrong label with the highest probability: what the model has not learned, and "
               "which records may be labelled wrongly.")  # fmt: skip
    yield Quotations("Surest first, as excerpts", [
        Quotation(each["text"], f"{each['predicted']} with probability {each['probability']:.3f}, actual "
                  f"{each['label']} ({each['position']})")
        for each in found
    ])  # fmt: skip


def _data(job: Job) -> Iterator[Block]:
    channels = job.evaluation.get("data", {})
    if channels:
        facts = {"records": "records", "repeated": "repeated in the channel", "shared_with_train": "also in train",
                 "unknown_words": "share of unknown words"}  # fmt: skip
        rows = [[name, *(of.get(key) for key in facts)] for name, of in channels.items()]
        yield Table("Texts of each channel", ["channel", *facts.values()], rows)
        labels = list(next(iter(channels.values()))["labels"])
        counts = [[label, *(of["labels"].get(label) for of in channels.values())] for label in labels[:MOST_LABELS]]
        yield Table("Records of each label", ["label", *channels], counts)
        frame = figures.lengths(job.evaluation)
        if len(frame):
            yield charts.lines("Length of texts, in words", frame[frame.index <= 99], "words at most")
    sources = [
        [each["ChannelName"], each["DataSource"].get("S3DataSource", {}).get("S3Uri", ""), each.get("ContentType", "")]
        for each in job.description.get("InputDataConfig", [])
    ]
    if sources:
        yield Table("Channels", ["channel", "S3 address", "content type"], sources)


def _settings(job: Job) -> Iterator[Block]:
    given = job.description.get("HyperParameters", {})
    used = job.evaluation.get("settings", {}).get("hyperparameters", {})
    rows = [[name, said(used.get(name)), "yes" if name in given else ""] for name in used]
    rows += [[name, said(value), "yes"] for name, value in given.items() if name not in used]
    if rows:
        yield Table("Hyperparameters", ["name", "value", "set by the job"], rows)


def _resources(job: Job) -> Iterator[Block]:
    if not job.evaluation:
        return
    used = job.evaluation["resources"]
    yield Facts([
        ("Seconds in the container", used["seconds"]),
        ("Seconds of CPU time", used["cpu_seconds"]),
        ("Peak memory, MB", round(used["peak_memory_bytes"] / 1e6, 1)),
        ("CPUs", used["cpus"]),
    ])  # fmt: skip
    yield Table("Versions", ["package", "version"], [*job.evaluation["versions"].items()])


def _log(job: Job) -> Iterator[Block]:
    if job.log:
        yield Quotations(f"The last {several(len(job.log), 'line')}", [Quotation("\n".join(job.log), "")])


def said(value: object) -> Cell:
    """Return a hyperparameter's value as a page shows it."""
    if isinstance(value, bool):
        return str(value).lower()
    if value is None or isinstance(value, str | int | float):
        return value
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _time(value: Any) -> str:
    return f"{value:%Y-%m-%d %H:%M %Z}".strip() if hasattr(value, "strftime") else str(value or "unknown")
