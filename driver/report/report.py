"""A report from beginning to end: the jobs by their names, the page, the same as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from driver.aws.target import Target
from driver.errors import DriverError
from driver.report import card as cards
from driver.report import compare, gather, page, search, sections
from driver.report.gather import Job, Search


@dataclass(frozen=True)
class Found:
    """What a report is about: a tuning job, or training jobs. `jobs` are these, or the best of the tuning job."""

    names: Sequence[str]
    jobs: Sequence[Job]
    search: Search | None = None


def gather_all(target: Target, names: Sequence[str], kind: str | None) -> Found:
    """Return what there is under these names. Raises DriverError for what cannot be in one report."""
    if twice := {name for name in names if names.count(name) > 1}:
        raise DriverError(f"{', '.join(sorted(twice))} is named more than once: name each job once")
    found = [gather.gather(target, name, kind) for name in names]
    jobs = [each for each in found if isinstance(each, Job)]
    if len(found) == 1 and isinstance(only := found[0], Search):
        return Found(names, [only.best] if only.best else [], only)
    if len(jobs) < len(found):
        tuning = ", ".join(each.name for each in found if isinstance(each, Search))
        raise DriverError(
            f"{tuning} is a tuning job, which has a report of its own: name it alone, or training jobs only"
        )
    return Found(names, jobs)


def write(found: Found) -> str:
    """Return the HTML page."""
    if found.search:
        title, made = f"Tuning job {found.search.name}", search.of_search(found.search)
    elif len(found.jobs) == 1:
        title, made = f"Training job {found.jobs[0].name}", sections.of_job(found.jobs[0])
    else:
        title, made = f"Training jobs {', '.join(found.names)}", compare.of_jobs(found.jobs)
    origin = f"Written by launch.py report on {datetime.now(UTC):%Y-%m-%d at %H:%M} UTC. This file loads nothing."
    return page.render(title, summary(found), made, origin)


def summary(found: Found) -> str:
    """Return one sentence, or one for each job."""
    if found.search:
        return search.summary(found.search)
    return sections.summary(found.jobs[0]) if len(found.jobs) == 1 else compare.summary(found.jobs)


def as_json(found: Found) -> dict[str, Any]:
    """Return what the page shows, for programs."""
    document: dict[str, Any] = {
        "Jobs": [
            {"Name": job.name, "Status": job.status, "Metrics": job.metrics, "Evaluation": job.evaluation or None}
            for job in found.jobs
        ]
    }
    if found.search:
        frame = search.trials(found.search)
        metric, _ = search.objective(found.search)
        document["Trials"] = [
            {str(key): None if value != value else value for key, value in row.items()}
            for row in frame.reset_index().to_dict("records")
        ]
        document["Correlations"] = search.correlations(frame, metric).to_dict()
    elif len(found.jobs) > 1:
        keys = ("jobs", "channel", "records", "only_first_right", "only_second_right", "p_value")
        document["PairedTests"] = [dict(zip(keys, row, strict=True)) for row in compare.tests(found.jobs)]
    return document


def card(job: Job) -> str:
    """Return the model card of a job."""
    return cards.write(job)
