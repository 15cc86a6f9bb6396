"""Good jobs of each image, one for each kind of input: what is damaged afterwards."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emulator.check.sample import CONTENT_TYPES, read_sample

REPOSITORY = Path(__file__).resolve().parents[2]
IMAGES = sorted(project.parent.name for project in REPOSITORY.glob("images/*/pyproject.toml"))


@dataclass(frozen=True)
class Job:
    """Hyperparameters, and channel -> (content type, file name -> content); a request for the model it makes."""

    name: str
    hyperparameters: Mapping[str, str]
    channels: Mapping[str, tuple[str | None, Mapping[str, bytes]]]
    request: tuple[str, bytes]

    @property
    def media_type(self) -> str:
        """That of the request, by its file's name."""
        return CONTENT_TYPES[Path(self.request[0]).suffix]


def of(image: str) -> list[Job]:
    """The sample of the image, and what its other kinds of input are."""
    return [_sample(image), *_MORE.get(image, ())]


def _sample(image: str) -> Job:
    folder = REPOSITORY / "images" / image / "sample"
    sample = read_sample(folder)
    channels = {
        each.channel_name: (
            each.content_type,
            {path.name: path.read_bytes() for path in sorted((folder / each.channel_name).iterdir())},
        )
        for each in sample.channels
    }
    (request,) = folder.glob("request.*")
    return Job("sample", sample.hyperparameters, channels, (request.name, sample.request))


def _npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def _jobs() -> dict[str, tuple[Job, ...]]:
    rows = [f"{number % 2},{number * 0.37 % 1:.3f},{number * 0.61 % 1:.3f}" for number in range(40)]
    sparse = "".join(f"{number % 2} 0:{number * 0.37 % 1:.3f} 2:1\n" for number in range(40)).encode()
    features = {"input": "features", "num_round": "2"}
    texts = "".join(
        f"__label__{'good fine' if number % 2 else 'bad dull'} film number {number}\n" for number in range(40)
    )
    supervised = {"mode": "supervised", "min_count": "1", "vector_dim": "4", "epochs": "1", "buckets": "100"}
    ids = np.arange(160, dtype=np.int32).reshape(40, 4) % 9
    arrays = {
        "train_X.npy": _npy(ids),
        "train_Y.npy": _npy(np.arange(40) % 2),
        "docs-embedding-matrix.npy": _npy(np.ones((9, 4))),
    }
    small = {"input": "arrays", "batch_size": "8", "epochs": "1", "filters": "4", "pair_buckets": "0"}
    return {
        "xgboost-sentiment": (
            Job(
                "csv",
                features,
                {"train": ("text/csv", {"rows.csv": "\n".join(rows).encode()})},
                ("request.csv", b"0.5,0.5\n"),
            ),
            Job(
                "libsvm",
                features,
                {"train": ("text/libsvm", {"rows.libsvm": sparse})},
                ("request.json", b'{"instances": [[0.5, 0, 1]]}'),
            ),
        ),
        "blazingtext-client": (
            Job(
                "supervised",
                supervised,
                {"train": (None, {"texts.txt": texts.encode()})},
                ("request.json", b'{"instances": ["a film"]}'),
            ),
        ),
        "headline-mxnet": (
            Job("arrays", small, {"train": (None, arrays)}, ("request.json", b'{"instances": [[1, 2, 3, 4]]}')),
        ),
    }


_MORE = _jobs()
