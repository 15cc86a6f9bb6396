"""`launch.py drift`: whether requests in production still look like the training data."""

import argparse
import webbrowser
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from driver.commandline import flags
from driver.errors import DRIFTED, extra
from driver.output import Output

DESCRIPTION = """\
Compares what an endpoint was asked with the data that its model was trained on: lengths, unknown words, choice of
words, predicted labels and how sure they are. Reads what data capture has kept, or the metrics in the endpoint's log;
writes one HTML file that needs no network. The exit code is 5 when requests have drifted, so that a pipeline can act.

  ./launch.py drift reviews --captured s3://bucket/captured/reviews/
  ./launch.py drift reviews --captured captured --since 2026-11-28 --json
  ./launch.py drift reviews --logs --open"""


@dataclass(frozen=True, kw_only=True)
class _Options(flags.TargetOptions):
    name: str
    captured: str | None
    logs: bool
    since: datetime | None
    output: Path | None
    open: bool


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    command = flags.add_command(commands, "drift", "NAME ", "compare requests with the training data", DESCRIPTION)
    command.add_argument("name", metavar="NAME", help="endpoint, or the training job of its model")
    source = command.add_mutually_exclusive_group()
    source.add_argument("--captured", metavar="PLACE", help="s3:// URI or folder of captured requests (default: where "
                        "the endpoint captures them)")  # fmt: skip
    source.add_argument("--logs", action="store_true",
                        help="read the metrics in the endpoint's log, which SAGEMAKER_METRICS=emf writes")  # fmt: skip
    command.add_argument("--since", type=_time, metavar="TIME", help="leave out what is earlier: 2026-11-28, or "
                         "2026-11-28T12:00; UTC unless it says otherwise")  # fmt: skip
    command.add_argument("--output", type=Path, metavar="FILE", help="file to write (default: run/NAME/drift.html)")
    command.add_argument("--open", action="store_true", help="open the report in your browser")
    flags.add_target(command)
    flags.set_run(command, run, _Options)


def run(options: _Options) -> int:
    """Run the command; return its exit code. Raises DriverError."""
    with extra("report", "a report"):  # pandas and Matplotlib, which other commands need not wait for
        from driver.drift import gather, sections
        from driver.report import page
    output = Output(options.json)
    target = flags.connect(options, output)
    if options.logs:
        found = gather.logged(target, options.name, options.since)
    else:
        found = gather.captured(target, options.name, options.captured, options.since)
    if found.unreadable:
        output.say(f"left out lines that are not data capture's: {found.unreadable:,}")
    origin = f"Written by launch.py drift on {datetime.now(UTC):%Y-%m-%d at %H:%M} UTC. This file loads nothing."
    summary = sections.summary(found.windows)
    html = page.render(
        f"Drift of {options.name}", summary, sections.of_windows(found.windows, found.baseline, found.source), origin
    )
    path = options.output or Path("run", options.name, "drift.html")
    page.write(path, html)
    is_alarm = any(window.is_alarm for window in found.windows)
    document: dict[str, Any] = {
        "Name": options.name,
        "Alarm": is_alarm,
        "Report": str(path),
        "Thresholds": dict(found.baseline.thresholds),
        "Windows": [window.as_json() for window in found.windows],
    }
    output.result(document, [summary, f"report: {path}"])
    if options.open:
        webbrowser.open(path.resolve().as_uri())
    return DRIFTED if is_alarm else 0


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text} is not a time: write it like 2026-11-28 or 2026-11-28T12:00"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
