"""`launch.py rehearse-spot`: take a job's host away in mid-training, and compare what becomes of it."""

import argparse
import math
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from driver.aws import resources
from driver.commandline import flags, jobflags
from driver.commands.train import plan_job
from driver.errors import FAILED, DriverError
from driver.lifecycle import rehearsal, start, wait
from driver.lifecycle.rehearsal import Comparison
from driver.output import Output

DESCRIPTION = """\
Trains twice on this machine: once undisturbed, and once as a spot job that loses its host in mid-training and starts
again on its checkpoints, as on AWS. Says what that has changed in the model and its metrics, which should be nothing,
and what it cost. Takes the flags of `train`.

  ./launch.py rehearse-spot xgboost-sentiment --train reviews.csv
  ./launch.py rehearse-spot blazingtext-client --train text.txt --signal SIGKILL --price 0.23 --spot-price 0.07"""

OFTEN = 100  # checkpoints of a rehearsal at most, where the job sets no time between them


@dataclass(frozen=True, kw_only=True)
class _Options(jobflags.JobOptions, flags.TargetOptions):
    signal: str
    host: str | None
    after: float | None
    price: float | None
    spot_price: float | None


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    command = flags.add_command(commands, "rehearse-spot", "[IMAGE] ", "interrupt a spot job, and compare", DESCRIPTION)
    jobflags.add(command)
    group = command.add_argument_group("rehearsal")
    group.add_argument("--signal", choices=("SIGTERM", "SIGKILL"), default="SIGTERM",
                       help="how the host goes: asked, and after 120 s, or at once (default: %(default)s)")  # fmt: skip
    group.add_argument("--host", metavar="NAME", help="the host that goes, such as algo-2 (default: all)")
    group.add_argument("--after", type=float, metavar="SECONDS",
                       help="how long it trains before that (default: until half of its steps are in S3)")  # fmt: skip
    group.add_argument("--price", type=float, metavar="USD", help="price on demand of an instance, for an hour")
    group.add_argument("--spot-price", type=float, metavar="USD", help="price on spot of an instance, for an hour")
    flags.add_target(command)
    flags.set_run(command, run, _Options, lambda options: jobflags.preset(options, "train"))


def run(options: _Options) -> int:
    """Run the command; return its exit code. Raises DriverError."""
    if options.aws:
        raise DriverError("AWS has no call that takes a host away, so rehearsals run on this machine: leave out --aws")
    _check(options)
    with tempfile.TemporaryDirectory(prefix="launch-") as work:
        return _run(options, Path(work))


def _check(options: _Options) -> None:
    prices, hosts = (options.price, options.spot_price), [f"algo-{n}" for n in range(1, options.instance_count + 1)]
    if (options.price is None) != (options.spot_price is None):
        raise DriverError("--price and --spot-price are compared: give both, or neither")
    if options.price is not None and options.spot_price is not None and not 0 < options.spot_price <= options.price:
        raise DriverError(
            f"--spot-price is {prices[1]:g} and --price {prices[0]:g}: give USD for an hour, the price on spot more "
            "than 0 and at most that on demand"
        )
    if options.after is not None and not 0 <= options.after < math.inf:
        raise DriverError(f"--after is {options.after:g}: give a number of seconds, 0 or more")
    if options.host not in (None, *hosts):
        raise DriverError(f"--host is {options.host!r}, but the job's hosts are {', '.join(hosts)}: choose one of them")


def _run(options: _Options, work: Path) -> int:
    output = Output(options.json)
    target = flags.connect(options, output)
    plan = plan_job(options, target, output, resources.TRAINING, work, holds_out=True)
    whole, taken = rehearsal.plans(plan, options.spot_wait or 2 * options.max_runtime)
    start.training_job(target, whole, output.say)
    undisturbed = wait.wait(target, resources.TRAINING, whole.name, output)
    wait.judge(target, resources.TRAINING, whole.name, undisturbed)
    steps, trained = rehearsal.steps(target, whole), rehearsal.in_status(undisturbed, "Training")
    if not steps:
        raise DriverError(
            f"the training job {whole.name} wrote no checkpoints, so an interrupted one begins again: rehearse with an "
            "image that writes them, such as each of this repository but image-template",
            FAILED,
        )
    often = {rehearsal.SECONDS: f"{trained / OFTEN:.3f}"}
    taken = replace(taken, environment=often | dict(taken.environment))
    start.training_job(target, taken, output.say)
    how = " ".join(filter(None, (options.signal, options.host)))
    rehearsal.interrupt(target, taken, steps // 2, options.after, how)
    output.say(f"{options.host or 'the host'} of {taken.name} was taken away by {options.signal}")
    description = wait.wait(target, resources.TRAINING, taken.name, output)
    wait.judge(target, resources.TRAINING, taken.name, description)
    rehearsal.check_interrupted(description)
    found = rehearsal.compare(target, steps, undisturbed, description)
    bill = _bill(found, options)
    document = _document(found) | ({"OnDemandUSD": bill[0], "SavedUSD": bill[0] - bill[1]} if bill else {})
    output.result(document, [*_lines(found), _money(bill)])
    if found.lost:
        raise DriverError(f"the interruption was not without loss: {'; '.join(found.lost)}", FAILED)
    return 0


def _document(found: Comparison) -> dict[str, object]:
    return {
        "Lost": found.lost,
        "SameFiles": found.same,
        "DifferentFiles": found.different,
        "Metrics": {name: {"Undisturbed": pair[0], "Interrupted": pair[1]} for name, pair in found.metrics.items()},
        "ResumedAfterStep": found.resumed and found.resumed[1],
        "Steps": found.steps,
        "SecondsTrained": round(found.trained, 1),
        "SecondsTrainedUndisturbed": round(found.trained_whole, 1),
        "SecondsWithoutHost": round(found.down, 1),
    }


def _lines(found: Comparison) -> list[str]:
    lines = [f"{'metric':26} undisturbed  interrupted"] if found.metrics else []
    lines += [f"{name:26} {whole:11.4f}  {taken:11.4f}" for name, (whole, taken) in found.metrics.items()]
    if found.different:
        lines.append(f"files of the model that differ: {', '.join(found.different)}; metrics may by {rehearsal.CLOSE}")
    else:
        lines.append(f"the model is the same, byte for byte: {', '.join(found.same)}")
    if found.resumed:
        lines.append("it resumed from {}, after step {:,} of {:,}".format(*found.resumed, found.steps))
    lines.append(f"lost: {'; '.join(found.lost) or 'nothing'}")
    lines.append(
        f"cost: {found.repeated:.1f} s of training more than the {found.trained_whole:.1f} s undisturbed (the second "
        f"start, and what was repeated), and {found.down:.1f} s without a host, which nobody bills"
    )
    return lines


def _bill(found: Comparison, options: _Options) -> tuple[float, float] | None:
    """Return what the jobs cost in USD, on demand undisturbed and on spot interrupted, where prices are given."""
    if options.price is None or options.spot_price is None:
        return None
    hours = options.instance_count / 3600
    return hours * found.trained_whole * options.price, hours * found.trained * options.spot_price


def _money(bill: tuple[float, float] | None) -> str:
    if bill is None:
        return "saved: what an hour costs is not known; give --price and --spot-price"
    dear, cheap = bill
    if cheap > dear:
        return f"saved: nothing, since ${cheap:.6f} on spot is more than ${dear:.6f} on demand: the job is too short"
    return f"saved: ${dear - cheap:.6f} of ${dear:.6f} on demand ({1 - cheap / dear:.0%})"
