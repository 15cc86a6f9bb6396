"""Training jobs whose channels, hyperparameters or configuration files are damaged."""

import json
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from smcontract import manifest
from smcontract.errors import ContractError

from bench.hostile.cases import Ended, Tally, rng_of, run, tally
from bench.hostile.jobs import Job, of
from bench.hostile.mutations import TEXTS, damaged

NAMES = (
    "data", ".hidden", "data.csv.gz", "data.zip", "a b.csv", "ü.csv", "-rf", "data.parquet", "_SUCCESS", "x" * 200,
)  # fmt: skip
TYPES: tuple[Any, ...] = (
    None, "", "text/csv", "text/libsvm", "application/json", "application/jsonlines", "text/plain",
    "application/x-parquet", "text/csv; header=present", "text/csv;label_size=1", "TEXT/CSV; charset=latin-1", "a/b/c",
    ";", 5, [], {},
)  # fmt: skip
SETTINGS = ("seed", "min_count", "early_stopping", "validation_fraction", "epochs", "num_round", "", *TEXTS)
VALUES = (*TEXTS, "-1", "0", "1", "1e308", "99999999999999999999", "[]", "{}", '"1"')

Config = dict[str, dict[str, Any]]


def measure(image: str, count: int, seed: int, folder: Path) -> Tally:
    """Train `count` jobs; each must leave a whole model, or none and one sentence."""
    jobs = of(image)
    for number in range(count):
        rng = rng_of(seed, "channel", image, number)
        write(folder / "cases" / f"{number:06}", *damage(rng.choice(jobs), rng))
    return tally("channels", image, run(image, "train", folder), judge, kind)


def lay_out(job: Job) -> Config:
    """Return the configuration files of the job, by their names without `.json`."""
    return {
        "hyperparameters": dict(job.hyperparameters),
        "inputdataconfig": {
            name: {"TrainingInputMode": "File", "ContentType": media_type}
            for name, (media_type, _) in job.channels.items()
        },
        "resourceconfig": {"current_host": "algo-1", "hosts": ["algo-1"]},
    }


def write(opt_ml: Path, config: Mapping[str, bytes], channels: Mapping[tuple[str, str], bytes]) -> None:
    """Write a folder like /opt/ml."""
    for part in ("input/config", "input/data", "model", "output/data"):
        (opt_ml / part).mkdir(parents=True)
    for name, content in config.items():
        (opt_ml / "input/config" / f"{name}.json").write_bytes(content)
    for (channel, file), content in channels.items():
        target = opt_ml / "input/data" / channel / file
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content)


def whole(job: Job) -> tuple[dict[str, bytes], dict[tuple[str, str], bytes]]:
    """Return the configuration files and the channels' files of a job."""
    files = {(name, file): content for name, (_, files) in job.channels.items() for file, content in files.items()}
    return {name: json.dumps(value).encode() for name, value in lay_out(job).items()}, files


def damage(job: Job, rng: random.Random) -> tuple[dict[str, bytes], dict[tuple[str, str], bytes]]:
    """Return the same, damaged in one to three places: most often what a file of a channel holds."""
    config, files = whole(job)
    for _ in range(rng.choice((1, 1, 2, 3))):
        channel, _ = key = rng.choice(sorted(files))
        place = rng.choice(("content",) * 7 + ("name", "type", "setting", "config"))
        if place == "content":
            files[key] = damaged(rng, files[key])
        elif place == "name":
            files[channel, rng.choice(NAMES)] = files.pop(key) if rng.random() < 0.5 else damaged(rng, files[key])
        elif place == "type":
            described = lay_out(job)["inputdataconfig"]
            described[channel]["ContentType"] = rng.choice(TYPES)
            config["inputdataconfig"] = json.dumps(described).encode()
        elif place == "setting":
            name = rng.choice((*sorted(job.hyperparameters), rng.choice(SETTINGS)))
            config["hyperparameters"] = json.dumps({**job.hyperparameters, name: rng.choice(VALUES)}).encode()
        else:
            name = rng.choice(sorted(config))
            config[name] = damaged(rng, config[name])
    return config, files


def judge(ended: Ended) -> Iterator[str]:
    """A model is there and whole after success, and only then; a failure has its sentence."""
    left = sorted(path.name for path in (ended.folder / "model").iterdir())
    failure = ended.folder / "output" / "failure"
    reason = failure.read_text("utf-8", "replace") if failure.exists() else ""
    if ended.code == 0:
        try:
            manifest.read(ended.folder / "model")
        except ContractError as error:
            yield f"left no whole model: {error}"
        return
    if left:
        yield f"failed, and left {', '.join(left)}"
    if not reason.strip():
        yield "failed without a reason"
    if "Traceback" in reason or ended.code == 2:
        yield f"failed as if the image were at fault: {reason[:300]}"


def kind(ended: Ended) -> str:
    """What is counted."""
    return {0: "trained", 1: "refused"}.get(ended.code, "failed")
