"""The checks, on images that keep the contract and images that break it. Each bad image fails its own line."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.container
SERVE = "/usr/local/bin/serve"
REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    (tmp_path / "sample" / "train").mkdir(parents=True)
    (tmp_path / "sample" / "train" / "data.csv").write_text("1\n")
    (tmp_path / "sample" / "hyperparameters.json").write_text("{}")
    (tmp_path / "sample" / "request.txt").write_text("hello there")
    return tmp_path / "sample"


@pytest.fixture
def variant(throwaway_image: str) -> Iterator[Callable[[str], str]]:
    """`variant("CMD [...]")`: the tag of the throw-away image with these lines added to its Dockerfile."""
    tag = throwaway_image.replace(":dev", ":variant")

    def build(lines: str) -> str:
        dockerfile = f"FROM {throwaway_image}\n{lines}\n"
        subprocess.run(["docker", "build", "--quiet", "--tag", tag, "-"], input=dockerfile, text=True, check=True)
        return tag

    yield build
    subprocess.run(["docker", "image", "rm", "--force", tag], check=True)


def check(tag: str, sample: Path) -> tuple[int, list[str]]:
    command = [sys.executable, "-m", "emulator.check", tag, "--sample", str(sample)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout.splitlines() + done.stderr.splitlines()


def failed(lines: list[str]) -> list[str]:
    return [line.removeprefix("FAILED  ") for line in lines if line.startswith("FAILED")]


def test_an_image_that_keeps_the_contract_passes(throwaway_image: str, sample: Path) -> None:
    code, lines = check(throwaway_image, sample)
    assert failed(lines) == []
    assert (code, lines[-1]) == (0, "every check passed")
    assert len(lines) == 4 + 2 * 5 + 1


@pytest.mark.parametrize(
    ("lines", "complaints"),
    [
        ('CMD ["serve"]', ["runs `train` by default and has no ENTRYPOINT: found (['serve'], None)"]),
        ("LABEL com.amazonaws.sagemaker.capabilities.accept-bind-to-port=no", ["carries the label"]),
        ("ENV SCRIPT='echo no model'", ["trains as the image's user", "trains as user"]),
        ("ENV SCRIPT='touch /var/x && echo x > /opt/ml/model/x'", ["trains as the image's user", "trains as user"]),
        ("USER 0\nRUN chmod 700 /usr/local/bin/train", ["trains as user"]),
        (f"RUN sed -i 's/^until.*/sleep 1 while 1;/' {SERVE}", ["serves as the image's", "serves as user"]),
        (f"RUN sed -i 's/415 Unsup/500 Unsup/' {SERVE}", ["refuses an unknown", "refuses an unknown"]),
        (f"RUN sed -i 's/.stop = 1/exit 0/' {SERVE}", ["answers a request in flight", "answers a request in flight"]),
        (f"RUN rm {SERVE}", ["has `train` and `serve` on PATH", "serves as the image's", "serves as user"]),
    ],
)  # fmt: skip
def test_an_image_that_breaks_it_fails_that_check(
    variant: Callable[[str], str], sample: Path, lines: str, complaints: list[str]
) -> None:
    code, said = check(variant(lines), sample)
    assert code == 1
    assert len(failed(said)) == len(complaints), said
    for line, complaint in zip(failed(said), complaints, strict=True):
        assert line.startswith(complaint)


def test_an_image_that_is_not_there_is_named(sample: Path) -> None:
    code, lines = check("no-such-image:dev", sample)
    assert code == 2
    assert "No such image" in lines[-1]
