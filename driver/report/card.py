"""A model card in Hugging Face's form: Markdown, whose head is YAML, from the same data as the report.

Its fields: https://huggingface.co/docs/hub/model-cards and, of `model-index`, those of Papers with Code.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from driver.errors import several
from driver.report import figures, sections
from driver.report.gather import Job

MEASURES = {"accuracy": "Accuracy", "macro_f1": "Macro F1", "log_loss": "Log loss"}
TASK = "text-classification"


def write(job: Job) -> str:
    """Return the card. What nobody but the model's owner can say is marked as such."""
    return ("\n".join([*_head(job), "", *_body(job)]) + "\n").encode(errors="backslashreplace").decode()


def _head(job: Job) -> list[str]:
    """YAML, as JSON has its strings: every JSON string is one of YAML."""
    image = str(job.evaluation["image"]["name"]) if job.evaluation else job.image
    lines = ["---", f"library_name: {json.dumps(image)}"]
    channel = figures.main_channel(job.evaluation)
    if channel is not None:
        held_out = job.evaluation["held_out"][channel]
        lines += [f"pipeline_tag: {TASK}", "metrics:", *(f"- {name}" for name in ("accuracy", "f1"))]
        lines += [
            "model-index:", f"- name: {json.dumps(job.name)}", "  results:", "  - task:", f"      type: {TASK}",
            "    dataset:", f"      name: {json.dumps(f'{channel} channel')}", f"      type: {json.dumps(channel)}",
            "    metrics:",
        ]  # fmt: skip
        for key, name in MEASURES.items():
            lines += [f"    - type: {key}", f"      name: {name}", f"      value: {json.dumps(held_out[key])}"]
    return [*lines, "---"]


def _body(job: Job) -> Iterator[str]:
    yield f"# {_plain(job.name)}"
    yield ""
    yield _plain(sections.summary(job))
    yield ""
    yield "## Model"
    yield ""
    yield f"- Image: {_plain(job.image)}"
    if job.evaluation and (labels := job.evaluation["labels"]):
        yield f"- Labels: {', '.join(map(_plain, labels))}"
    yield f"- Training job: {_plain(job.name)} ({job.status})"
    yield ""
    yield "## Uses and limits"
    yield ""
    yield "To be written by the model's owner: what it is meant for, and what it must not be used for."
    for name, held_out in job.evaluation.get("held_out", {}).items():
        yield from _quality(name, held_out)
    yield from _data(job.evaluation.get("data", {}))
    yield from _settings(job)


def _quality(name: str, held_out: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"## Quality on {several(held_out['records'], 'record')} of the channel {_plain(name)}"
    yield ""
    yield from _table(["metric", "value"], [[label, held_out[key]] for key, label in MEASURES.items()])
    yield ""
    by_label = figures.of_labels(held_out)
    rows = [[label, *row] for label, row in zip(by_label.index, by_label.to_numpy().tolist(), strict=True)]
    yield from _table(["label", *by_label.columns], [[*row[:-1], int(row[-1])] for row in rows])
    for sentence in held_out.get("warnings", ()):
        yield ""
        yield f"Warning: {_plain(sentence)}"


def _data(channels: Mapping[str, Any]) -> Iterator[str]:
    if channels:
        yield ""
        yield "## Training data"
        yield ""
        rows = [[name, of["records"], of["repeated"], of.get("shared_with_train")] for name, of in channels.items()]
        yield from _table(["channel", "records", "repeated", "also in train"], rows)


def _settings(job: Job) -> Iterator[str]:
    used = job.evaluation.get("settings", {}).get("hyperparameters", {}) or job.description.get("HyperParameters", {})
    if used:
        yield ""
        yield "## Hyperparameters"
        yield ""
        yield from _table(["name", "value"], [[name, sections.said(value)] for name, value in used.items()])


def _table(head: list[str], rows: list[list[Any]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(map(_cell, row))} |"


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:.4f}"  # NaN is not itself
    return "" if value is None else _plain(str(value))


def _plain(text: str) -> str:
    """A text as Markdown that shows it: on one line, nothing in it markup.

    Example:
        >>> _plain("a|b *c* <d>")
        'a\\\\|b \\\\*c\\\\* \\\\<d>'
    """
    line = " ".join(text.split())
    return "".join(f"\\{letter}" if letter in "\\`*_[]<|#" else letter for letter in line)
