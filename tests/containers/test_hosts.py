"""Jobs on several hosts: containers that find each other by name, on a network without a way out."""

import tarfile

import pytest

from bench.training import train
from emulator.engines import DockerEngine
from emulator.training.job import Channel, TrainingJob

pytestmark = pytest.mark.container

WORDS = {"pos": "a wonderful film of great fun", "neg": "an awful film and very boring"}


@pytest.mark.contract_only
@pytest.mark.parametrize("booster", ["gblinear", "gbtree"])
def test_containers_on_a_network_train_the_model_of_one(tmp_path, image, booster):
    folder = tmp_path / "reviews"
    folder.mkdir()
    for number in range(4):
        lines = (f"{label},{words} number {row} of {number}\n" for row in range(10) for label, words in WORDS.items())
        (folder / f"{number}.csv").write_text("".join(lines))
    channel = Channel("train", folder, "text/csv", s3_data_distribution_type="ShardedByS3Key")
    settings = {"booster": booster, "num_round": "3"} | ({"nthread": "1"} if booster == "gbtree" else {})
    models = {}
    for count in (1, 2, 3):
        job = TrainingJob(
            f"hosts-{count}", (channel,), settings, enable_network_isolation=True, instance_count=count
        )  # fmt: skip
        with tarfile.open(train(DockerEngine(image), job, tmp_path).artefact) as archive:
            models[count] = [archive.extractfile(name).read() for name in ("model.ubj", "features.npz")]
    assert models[2] == models[1]
    assert models[3] == models[1]
