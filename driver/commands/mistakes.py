"""`launch.py mistakes`: the held-out records that a trained model is surest and wrong about."""

import argparse
from dataclasses import dataclass
from typing import Any

from driver.aws import resources
from driver.commandline import flags
from driver.errors import DriverError, cut, several
from driver.lifecycle import quality
from driver.output import Output

DESCRIPTION = """\
Shows the worst mistakes of a trained model: the records of validation or test data that got a wrong label with the
highest probability. They show what the model has not learned, and which records are labelled wrongly.

  ./launch.py mistakes reviews
  ./launch.py mistakes reviews --limit 50 --json"""

LONGEST = 300  # characters of a text that are shown


@dataclass(frozen=True, kw_only=True)
class _Options(flags.TargetOptions):
    name: str
    limit: int


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    command = flags.add_command(commands, "mistakes", "NAME ", "show a model's worst mistakes", DESCRIPTION)
    command.add_argument("name", metavar="NAME", help="training job")
    command.add_argument(
        "--limit", type=int, default=10, metavar="N", help="number of mistakes to show (default: %(default)s)"
    )
    flags.add_target(command)
    flags.set_run(command, run, _Options)


def run(options: _Options) -> int:
    """Run the command; return its exit code. Raises DriverError."""
    if options.limit < 1:
        raise DriverError(f"--limit is {options.limit}: give the number of mistakes to show, at least 1")
    output = Output(options.json)
    target = flags.connect(options, output)
    description = resources.describe(target, resources.TRAINING, options.name)
    records, wrong = quality.mistakes(target, description)
    shown = wrong[: options.limit]
    lines = [
        f"{len(wrong):,} of {several(records, 'held-out record')} {'has' if records == 1 else 'have'} a wrong label"
        + (", the surest first:" if wrong else "")
    ]
    for mistake in shown:
        lines += _lines(mistake)
    files = _files(description)
    lines += [f"line numbers refer to the files in {files}"] if files and shown else []
    output.result({"Records": records, "Wrong": len(wrong), "Mistakes": shown, "Files": files}, lines)
    return 0


def _files(description: dict[str, Any]) -> str | None:
    """Return where the held-out records were read from: `train` imports a table, and its lines are others then."""
    channels = {channel["ChannelName"]: channel["DataSource"] for channel in description.get("InputDataConfig", [])}
    held_out = next((name for name in ("test", "validation", "train") if name in channels), None)
    uri: str | None = channels[held_out].get("S3DataSource", {}).get("S3Uri") if held_out else None
    return uri


def _lines(mistake: dict[str, Any]) -> list[str]:
    text = " ".join(str(mistake.get("text", "")).split())  # left out where report_examples was false
    predicted, actual = cut(str(mistake["predicted"])), cut(str(mistake["label"]))
    said = f"{mistake['probability']:.3f} {predicted}, actual {actual}: {mistake['position']}"
    return [said, *([f"  {cut(text, LONGEST)}"] if text else [])]
