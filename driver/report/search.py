"""The sections of a report on a tuning job: every training job of it, and which hyperparameters mattered."""

from collections.abc import Iterator

import pandas as pd

from driver.report import charts, sections
from driver.report.gather import Search
from driver.report.page import Block, Facts, Section, Table, Text

FEWEST = 4
"""Training jobs with a value of the objective: of fewer, no correlation is shown."""
MOST_CHARTS = 6


def of_search(search: Search) -> list[Section]:
    """Return all sections; the last are those of the best training job."""
    made = [
        Section("Result", list(_result(search))),
        Section("What mattered", list(_mattered(search))),
        Section("Every training job", list(_trials(search))),
    ]
    best = sections.of_job(search.best) if search.best else []
    return made + [Section(f"Best job: {section.title}", section.blocks) for section in best]


def summary(search: Search) -> str:
    """Return the sentence below the title."""
    best = search.description.get("BestTrainingJob")
    status = search.description["HyperParameterTuningJobStatus"]
    if not best:
        return f"{status}. No training job has a value of {objective(search)[0]} yet."
    value = best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    return f"{status}. Best of {len(search.trials)}: {best['TrainingJobName']}, {objective(search)[0]} {value:.4f}."


def objective(search: Search) -> tuple[str, bool]:
    """Return the name of the metric that is optimised, and whether it should be large."""
    of = search.description["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
    return str(of["MetricName"]), of["Type"] == "Maximize"


def trials(search: Search) -> pd.DataFrame:
    """Return a row for each training job: status, objective, tuned hyperparameters; numbers where they can be."""
    metric, _ = objective(search)
    rows = {}
    for trial in search.trials:
        value = trial.get("FinalHyperParameterTuningJobObjectiveMetric", {}).get("Value")
        tuned = trial.get("TunedHyperParameters", {})
        rows[trial["TrainingJobName"]] = {"status": trial["TrainingJobStatus"], metric: value, **tuned}
    frame = pd.DataFrame.from_dict(rows, orient="index").rename_axis("training job")
    for name in frame.columns.drop("status", errors="ignore"):
        numbers = pd.to_numeric(frame[name], errors="coerce")
        if numbers.notna().sum() == frame[name].notna().sum():
            frame[name] = numbers
    return frame


def correlations(frame: pd.DataFrame, metric: str) -> pd.Series:
    """Return Spearman's rank correlation of each numeric hyperparameter with the objective, the strongest first.

    Example:
        >>> frame = pd.DataFrame({"status": ["Completed"] * 4, "acc": [1, 2, 3, 4], "eta": [4, 3, 2, 1]})
        >>> correlations(frame, "acc").to_dict()
        {'eta': -1.0}
    """
    known = frame[frame[metric].notna()] if metric in frame else frame[:0]
    names = [name for name in known.columns if name not in ("status", metric)]
    varied = [name for name in names if pd.api.types.is_numeric_dtype(known[name]) and known[name].nunique() > 1]
    if len(known) < FEWEST or not varied:
        return pd.Series(dtype=float)
    ranks = known[[*varied, metric]].rank()  # Pearson's correlation of ranks is Spearman's
    found = ranks[varied].corrwith(ranks[metric]).dropna()
    return found.reindex(found.abs().sort_values(ascending=False).index)


def _result(search: Search) -> Iterator[Block]:
    metric, is_maximised = objective(search)
    counts = search.description.get("TrainingJobStatusCounters", {})
    yield Facts([
        ("Status", search.description["HyperParameterTuningJobStatus"]),
        ("Objective", f"{'largest' if is_maximised else 'smallest'} {metric}"),
        ("Strategy", search.description["HyperParameterTuningJobConfig"].get("Strategy", "")),
        ("Training jobs", len(search.trials)),
        ("Completed", counts.get("Completed")),
    ])  # fmt: skip
    if reason := search.description.get("FailureReason"):
        yield Text(str(reason))
    frame = trials(search)
    if metric in frame and frame[metric].notna().sum() > 1:
        values = frame[metric].reset_index(drop=True)
        best = values.cummax() if is_maximised else values.cummin()
        shown = pd.DataFrame({"of the job": values, "best so far": best}).set_axis(range(1, len(values) + 1))
        yield charts.lines(f"{metric} by training job", shown.rename_axis("training job"), metric, markers=True)


def _mattered(search: Search) -> Iterator[Block]:
    metric, _ = objective(search)
    frame = trials(search)
    found = correlations(frame, metric)
    if found.empty:
        yield Text(
            f"Fewer than {FEWEST} training jobs have a value of {metric}, or nothing was varied: no correlation."
        )
        return
    yield charts.bars(
        f"Rank correlation (Spearman) of each hyperparameter with {metric}", found.to_frame("correlation")
    )
    yield Text("Near 1 or -1, the objective rises or falls with the hyperparameter; near 0 it did not matter in the "
               "range that was searched, or has its best value inside it.")  # fmt: skip
    for name in list(found.index)[:MOST_CHARTS]:
        yield charts.scatter(f"{metric} by {name}", frame[[name, metric]].dropna())


def _trials(search: Search) -> Iterator[Block]:
    frame = trials(search)
    if frame.empty:
        yield Text("There is none yet.")
        return
    metric, is_maximised = objective(search)
    ordered = frame.sort_values(metric, ascending=not is_maximised) if metric in frame else frame
    rows = charts.table("", ordered, most=len(ordered))
    yield Table(f"All training jobs, by {metric}", rows.head, rows.rows)
