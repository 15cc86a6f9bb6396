"""`launch.py tune`: many training jobs with different hyperparameters; the best one wins."""

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from driver.aws import resources
from driver.aws.target import Target
from driver.commandline import flags, jobflags
from driver.commands import train
from driver.errors import DriverError
from driver.lifecycle import send, wait
from driver.output import Output, table
from driver.requests import names, training, tuning

DESCRIPTION = """\
Searches for better hyperparameters: runs several training jobs with different ones, and picks the model with the best
value of one metric. On AWS you pay for each of these training jobs by the second.

  ./launch.py tune xgboost-sentiment --train reviews.csv --jobs 10
  ./launch.py tune xgboost-sentiment --train reviews.csv --range eta=0.1:0.9 --range num_round=5:50:Logarithmic"""


@dataclass(frozen=True, kw_only=True)
class _Options(jobflags.JobOptions, flags.SendingOptions):
    range: Sequence[str]
    objective: str | None
    goal: str
    strategy: str
    jobs: int
    parallel: int
    early_stopping: bool
    seed: int | None
    wait: bool


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    command = flags.add_command(commands, "tune", "[IMAGE] ", "search for better hyperparameters", DESCRIPTION)
    search = command.add_argument_group("search")
    search.add_argument("--range", action="append", default=[], metavar="NAME[=LOW:HIGH[:SCALE]]",
                        help="a hyperparameter to tune; NAME alone uses the range in the image's table, NAME=A,B,C "
                        "chooses among words; repeatable (default: IMAGE's own ranges)")  # fmt: skip
    search.add_argument("--objective", metavar="METRIC", help="metric to optimise (default: IMAGE's own)")
    search.add_argument(
        "--goal",
        choices=["Maximize", "Minimize"],
        default="Maximize",
        help="direction of the objective (default: %(default)s)",
    )
    search.add_argument("--strategy", choices=["Random", "Grid", "Bayesian", "Hyperband"], default="Random",
                        help="search strategy (default: %(default)s)")  # fmt: skip
    search.add_argument(
        "--jobs", type=int, default=6, metavar="N", help="total number of training jobs (default: %(default)s)"
    )
    search.add_argument(
        "--parallel",
        type=int,
        default=2,
        metavar="N",
        help="number of training jobs in parallel (default: %(default)s)",
    )
    search.add_argument("--early-stopping", action="store_true", help="let AWS stop training jobs that look hopeless")
    search.add_argument(
        "--seed", type=int, metavar="N", help="seed of the search; the same seed draws the same hyperparameters"
    )
    jobflags.add(command)
    flags.add_sending(command, "the search's end")
    flags.set_run(command, run, _Options, _preset)


def _preset(options: _Options) -> list[dict[str, object]]:
    own = [{**table, **({"range": []} if options.range else {})} for table in jobflags.preset(options, "tune")]
    return [*jobflags.preset(options, "train"), *own]


def run(options: _Options) -> int:
    """Run the command; return its exit code. Raises DriverError."""
    with tempfile.TemporaryDirectory(prefix="launch-") as work:
        return _run(options, Path(work))


def _run(options: _Options, work: Path) -> int:
    names.check_given((options.name, resources.TUNING.label))
    output = Output(options.json or options.dry_run)
    target = flags.connect(options, output, options.dry_run)
    search = _tuning(options)
    plan = train.plan_job(options, target, output, resources.TUNING, work, search.tuned)
    create = tuning.create_tuning_job(plan, search)
    requests = [*training.uploads(plan), create]
    if options.dry_run:
        return send.show(requests, output)
    resources.check_free(target, resources.TUNING, plan.name)
    target.ensure_bucket()
    answer = send.send(target, requests, output.say)
    output.say(f"tuning job {plan.name}: {options.jobs} training jobs, {options.parallel} at once, each on "
               f"{plan.resources.instance_count} x {plan.resources.instance_type}")  # fmt: skip
    if not options.wait:
        output.result({"HyperParameterTuningJobName": plan.name, **answer},
                      [f"started: `./launch.py describe {plan.name}{target.flags}` shows its status"])  # fmt: skip
        return 0
    description = wait.wait(target, resources.TUNING, plan.name, output)
    trials = resources.trials(target, plan.name)
    output.result({**description, "TrainingJobSummaries": trials}, summary(target, trials, description))
    wait.judge(target, resources.TUNING, plan.name, description)
    return 0


def _tuning(options: _Options) -> tuning.Tuning:
    image = jobflags.find_image(options)
    if not options.objective:
        raise DriverError(
            "the tuning job needs a metric to optimise: give --objective, such as --objective validation:accuracy"
        )
    return tuning.Tuning(
        objective={"MetricName": options.objective, "Type": options.goal},
        ranges=tuning.ranges(options.range, image.tunable_ranges() if image else {}),
        strategy=options.strategy,
        jobs=options.jobs,
        parallel=options.parallel,
        is_stopping_early=options.early_stopping,
        seed=options.seed,
    )


def summary(target: Target, trials: list[dict[str, Any]], description: dict[str, Any]) -> list[str]:
    """Return lines that show the training jobs of a tuning job, and the best one."""
    tuned = sorted({key for trial in trials for key in trial.get("TunedHyperParameters", {})})
    metric = description["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]["MetricName"]
    rows = [
        [trial["TrainingJobName"], trial["TrainingJobStatus"], _value(trial),
         *(trial.get("TunedHyperParameters", {}).get(key, "") for key in tuned)]
        for trial in trials
    ]  # fmt: skip
    lines = table(["TRAINING JOB", "STATUS", metric, *tuned], rows) if rows else []
    if best := description.get("BestTrainingJob"):
        name = best["TrainingJobName"]
        lines += [f"best: {name}, {metric} {_value(best)}", f"next: ./launch.py deploy {name}{target.flags}"]
    return lines


def _value(trial: dict[str, Any]) -> str:
    metric = trial.get("FinalHyperParameterTuningJobObjectiveMetric")
    return f"{metric['Value']:.4f}" if metric else ""
