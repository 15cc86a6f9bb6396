import re

import pytest
from smcontract.training import metrics

from driver import images
from driver.aws.target import aws_target, local_target
from driver.errors import DriverError

NAMES = ("blazingtext-client", "headline-mxnet", "xgboost-sentiment")
LOCAL = local_target("http://127.0.0.1:1", None, None, None)
AWS = aws_target("eu-west-1", None, "arn:aws:iam::123456789012:role/Trainer", None, None)


def test_all_images_of_the_repository_can_be_launched():
    built = {path.parent.name for path in images.REPOSITORY.glob("images/*/Dockerfile")}
    assert set(images.every()) == {*built, "blazingtext"}


@pytest.mark.parametrize("name", NAMES)
def test_the_image_of_an_emulator_is_a_local_tag_and_on_aws_one_in_ecr(name):
    image = images.find(name)
    assert image.uri(LOCAL, None) == f"{name}:dev"
    assert image.uri(LOCAL, "test") == f"{name}:test"
    assert image.uri(AWS, None) == f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/{name}:{image.version}"
    assert images.of_uri(image.uri(AWS, "x@sha256")) == image


def test_the_first_party_algorithm_has_the_contract_of_its_twin_but_no_metric_definitions():
    algorithm, twin = images.find("blazingtext"), images.find("blazingtext-client")
    assert algorithm.uri(AWS, None) == "685385470294.dkr.ecr.eu-west-1.amazonaws.com/blazingtext:1"
    assert algorithm.tunable_ranges() == twin.tunable_ranges()
    assert "metric" in twin.preset("train")
    assert "metric" not in algorithm.preset("train")
    with pytest.raises(DriverError, match="blazingtext-client: the hyperparameter mode is missing"):
        algorithm.check({})


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_reads_the_metrics_that_the_image_writes(name, capsys):
    preset = images.find(name).preset("train")["metric"]
    assert [{"Name": key, "Regex": regex} for key, regex in preset.items()] == metrics.definitions(preset)
    metrics.MetricLog().report(3, dict.fromkeys(preset, 0.5))
    line = capsys.readouterr().out
    assert all(re.search(regex, line)[1] == "0.5" for regex in preset.values())


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_tunes_what_the_table_can_tune_by_a_metric_that_is_read(name):
    image = images.find(name)
    preset = image.preset("tune")
    tunable = {entry["Name"] for entries in image.tunable_ranges().values() for entry in entries}
    assert set(preset["range"]) <= tunable
    assert preset["objective"] in image.preset("train")["metric"]
    image.check({key: str(value) for key, value in preset.get("set", {}).items()} | image.without_validation())


@pytest.mark.parametrize("name", NAMES)
def test_the_sample_hyperparameters_are_right(name):
    image = images.find(name)
    image.check(image.own_data().hyperparameters)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"max_dept": "5"}, '"max_dept" is unknown: did you mean max_depth'),
        ({"eta": "x"}, 'eta is "x": expected a number from 0 to 1'),
        ({"max_depth": "5"}, "no effect with booster gblinear: max_depth"),
    ],
)
def test_a_wrong_hyperparameter_is_the_images_own_sentence(given, sentence):
    with pytest.raises(DriverError, match=f"^xgboost-sentiment: .*{sentence}"):
        images.find("xgboost-sentiment").check(given)


def test_an_unknown_image():
    with pytest.raises(DriverError, match='no image called "headlines-mxnet" exists: did you mean headline-mxnet'):
        images.find("headlines-mxnet")
    with pytest.raises(DriverError, match="choose from blazingtext-client, blazingtext, headline-mxnet, xgboost"):
        images.find("?")
    assert images.of_uri("other/image:1") is None


def test_a_package_that_is_not_installed(tmp_path):
    folder = tmp_path / "images" / "new"
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "new"\nversion = "1"\n[tool.launch]\nhyperparameters = "new_image.hyperparameters:TABLE"\n'
    )
    with pytest.raises(DriverError, match=r"the hyperparameters of new cannot be loaded .* run ./launch.py"):
        images.find("new", tmp_path).check({})
