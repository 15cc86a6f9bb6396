"""Reading the sample an image is checked with."""

from pathlib import Path

import pytest

from emulator.check.sample import read_sample
from emulator.errors import EmulatorError

FILES = {
    "hyperparameters.json": '{"num_round": "2"}',
    "request.json": '{"instances": ["good"]}',
    "train/reviews.csv": "pos,good\n",
    "test/more/reviews.jsonl": "{}\n",
}


def sample(folder: Path, **changes: str | None) -> Path:
    for name, content in {**FILES, **changes}.items():
        if content is not None:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content)
    return folder


def test_a_sample_is_read(tmp_path: Path) -> None:
    read = read_sample(sample(tmp_path))
    assert read.hyperparameters == {"num_round": "2"}
    assert (read.request, read.request_type) == (b'{"instances": ["good"]}', "application/json")
    assert [(channel.channel_name, channel.content_type) for channel in read.channels] == [
        ("test", "application/jsonlines"),
        ("train", "text/csv"),
    ]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"request.json": None}, "is not a sample"),
        ({"request.csv": "good\n"}, "is not a sample"),
        ({"hyperparameters.json": None}, "is not a sample"),
        (
            {"train/reviews.csv": None, "train/reviews.xls": "x"},
            r"reviews\.xls has an unknown extension",
        ),
    ],
)
def test_what_is_no_sample_is_named(tmp_path: Path, changes: dict[str, str | None], why: str) -> None:
    with pytest.raises(EmulatorError, match=why):
        read_sample(sample(tmp_path, **changes))
