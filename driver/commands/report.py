"""`launch.py report`: one HTML file about one or several jobs."""

import argparse
import webbrowser
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from driver.aws import resources
from driver.commandline import flags
from driver.errors import DriverError, extra
from driver.output import Output

DESCRIPTION = """\
Writes a report on a training job as one HTML file that needs no network: metrics, confusion matrix, curves, the words
that matter, the worst mistakes, data, settings. Several training jobs are compared, on the same held-out records by a
paired test; of a tuning job it shows every training job, and which hyperparameters mattered.

  ./launch.py report reviews --open
  ./launch.py report reviews better-reviews --output comparison.html
  ./launch.py report reviews --card model-card.md --mlflow http://127.0.0.1:5000"""


@dataclass(frozen=True, kw_only=True)
class _Options(flags.KindOptions, flags.TargetOptions):
    names: Sequence[str]
    output: Path | None
    open: bool
    card: Path | None
    mlflow: str | None


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    command = flags.add_command(commands, "report", "NAME ... ", "write a report on jobs as one HTML file", DESCRIPTION)
    command.add_argument("names", nargs="+", metavar="NAME", help="training job, or one tuning job")
    command.add_argument("--output", type=Path, metavar="FILE", help="file to write (default: run/NAME/report.html)")
    command.add_argument("--open", action="store_true", help="open the report in your browser")
    command.add_argument("--card", type=Path, metavar="FILE", help="also write a model card, as Hugging Face has them")
    command.add_argument("--mlflow", metavar="URL", help="also log the jobs as runs of this MLflow tracking server")
    flags.add_kind(command, (resources.TRAINING, resources.TUNING))
    flags.add_target(command)
    flags.set_run(command, run, _Options)


def run(options: _Options) -> int:
    """Run the command; return its exit code. Raises DriverError."""
    with extra("report", "a report"):  # pandas and Matplotlib, which other commands need not wait for
        from driver.report import mlflow, page, report
    output = Output(options.json)
    server = mlflow.Tracking(options.mlflow) if options.mlflow else None
    target = flags.connect(options, output)
    found = report.gather_all(target, options.names, options.kind)
    if options.card and len(found.jobs) != 1:
        raise DriverError(f"--card describes one training job, and there are {len(found.jobs)}: name one")
    path = options.output or Path("run", options.names[0], "report.html")
    html = report.write(found)
    page.write(path, html)
    document: dict[str, Any] = {"Report": str(path), **report.as_json(found)}
    lines = [report.summary(found), f"report: {path}"]
    if options.card:
        page.write(options.card, report.card(found.jobs[0]))
        document["Card"] = str(options.card)
        lines.append(f"model card: {options.card}")
    if server:
        files = {"report.html": html.encode()}
        document["Runs"] = [
            server.log(job, {**files, "model-card.md": report.card(job).encode()}) for job in found.jobs
        ]
        lines += [f"MLflow run: {run}" for run in document["Runs"]]
    output.result(document, lines)
    if options.open:
        webbrowser.open(path.resolve().as_uri())
    return 0
