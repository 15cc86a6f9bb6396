"""The sections of a report on several training jobs: side by side, and on the same records by a paired test."""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from driver.report import charts, figures, sections
from driver.report.gather import Job
from driver.report.page import Block, Cell, Section, Table, Text

MOST_METRICS = 6
"""With a chart of their rounds."""


def of_jobs(jobs: Sequence[Job]) -> list[Section]:
    """Return the comparison, then what is known of the quality of each job's model."""
    made = [
        Section("Side by side", list(_side_by_side(jobs))),
        Section("Paired tests", list(_paired(jobs))),
        Section("Training", list(_rounds(jobs))),
        Section("Settings that differ", list(_settings(jobs))),
    ]
    for job in jobs:
        if (channel := figures.main_channel(job.evaluation)) is not None:
            held_out = job.evaluation["held_out"][channel]
            made.append(
                Section(
                    f"{job.name}: {channel}",
                    list(sections.quality(held_out, f"{job.name} {channel}")),
                )
            )
    return made


def summary(jobs: Sequence[Job]) -> str:
    """Return the sentence below the title."""
    return "; ".join(f"{job.name}: {sections.summary(job)}" for job in jobs)


def _side_by_side(jobs: Sequence[Job]) -> Iterator[Block]:
    metrics = list(dict.fromkeys(name for job in jobs for name in job.metrics))
    rows: list[list[Cell]] = [[name, *(job.metrics.get(name) for job in jobs)] for name in metrics]
    yield Table("Metrics, each with its last value", ["metric", *(job.name for job in jobs)], rows)
    first, others = jobs[0], jobs[1:]
    shared = [name for name in metrics if first.metrics.get(name) is not None]
    differences: list[list[Cell]] = [[name, *(_difference(first, job, name) for job in others)] for name in shared]
    yield Table(f"Differences to {first.name}", ["metric", *(job.name for job in others)], differences)
    facts: list[list[Cell]] = [
        ["status", *(job.status for job in jobs)],
        ["image", *(job.image for job in jobs)],
        ["training time, seconds", *(job.description.get("TrainingTimeInSeconds") for job in jobs)],
        ["peak memory, MB", *(_memory(job) for job in jobs)],
    ]
    yield Table("The jobs", ["fact", *(job.name for job in jobs)], facts)


def _difference(first: Job, other: Job, name: str) -> float | None:
    before, after = first.metrics.get(name), other.metrics.get(name)
    return None if before is None or after is None else after - before


def _memory(job: Job) -> float | None:
    return round(job.evaluation["resources"]["peak_memory_bytes"] / 1e6, 1) if job.evaluation else None


def _paired(jobs: Sequence[Job]) -> Iterator[Block]:
    rows = tests(jobs)
    if not rows:
        yield Text("No two of these jobs kept their answers to the same held-out records, so there is no paired test.")
        return
    yield Table(
        "McNemar's exact test on the same held-out records",
        ["jobs", "channel", "records", "only the first right", "only the second right", "p-value"], rows,
    )  # fmt: skip
    yield Text(
        "The p-value is the probability that two equally good models differ at least so much on these records. Below "
        "0.05 the difference is hardly chance; above it, these records cannot tell the models apart."
    )


def tests(jobs: Sequence[Job]) -> list[list[Cell]]:
    """Return a row for each two jobs and each channel whose records both have answered."""
    pairs = itertools.combinations(jobs, 2)
    rows = (paired(*pair, channel) for pair in pairs for channel in pair[0].evaluation.get("held_out", {}))
    return [row for row in rows if row is not None]


def paired(first: Job, second: Job, channel: str) -> list[Cell] | None:
    """Return a row of the table of paired tests; None where the jobs have not answered the same records."""
    documents = [job.evaluation.get("held_out", {}).get(channel, {}) for job in (first, second)]
    if not documents[0].get("fingerprint") or documents[0]["fingerprint"] != documents[1].get("fingerprint"):
        return None
    one, other = (figures.right(document) for document in documents)
    if one is None or other is None:
        return None
    counts = int(np.sum(one & ~other)), int(np.sum(other & ~one))
    return [f"{first.name}, {second.name}", channel, len(one), *counts, figures.mcnemar(*counts)]


def _rounds(jobs: Sequence[Job]) -> Iterator[Block]:
    found = {job.name: figures.rounds(job.evaluation) for job in jobs if job.evaluation}
    for metric in list(dict.fromkeys(metric for frames in found.values() for metric in frames))[:MOST_METRICS]:
        columns = {
            f"{name}, {column}": frame[column]
            for name, frames in found.items()
            if (frame := frames.get(metric)) is not None
            for column in frame.columns
        }
        yield charts.lines(f"{metric} by round", pd.DataFrame(columns).rename_axis("round"), metric)


def _settings(jobs: Sequence[Job]) -> Iterator[Block]:
    used = [
        job.evaluation["settings"].get("hyperparameters", {})
        if job.evaluation
        else job.description.get("HyperParameters", {})
        for job in jobs
    ]
    names = list(dict.fromkeys(name for settings in used for name in settings))
    rows: list[list[Cell]] = [
        [name, *(sections.said(settings.get(name)) for settings in used)]
        for name in names
        if len({str(settings.get(name)) for settings in used}) > 1
    ]
    if rows:
        yield Table("Hyperparameters that are not the same", ["name", *(job.name for job in jobs)], rows)
    else:
        yield Text("All hyperparameters are the same.")
