import math
import re
import subprocess
import sys
from importlib.metadata import packages_distributions

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st
from smcontract.training.metrics import MetricLog

from driver import images
from driver.aws.target import aws_target, local_target
from driver.errors import DriverError

NAMES = sorted(path.parent.name for path in images.REPOSITORY.glob("images/*/pyproject.toml"))
TUNED = [name for name in NAMES if images.find(name).preset("tune")]
LOCAL = local_target("http://127.0.0.1:1", None, None, None)
AWS = aws_target("eu-west-1", None, "arn:aws:iam::123456789012:role/Trainer", None, None)


def test_all_images_of_the_repository_can_be_launched():
    assert set(images.find_all()) == {*NAMES, "blazingtext"}
    assert list(images.find_own()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_image_of_an_emulator_is_a_local_tag_and_on_aws_one_in_ecr(name):
    image = images.find(name)
    assert image.uri(LOCAL, None) == f"{name}:dev"
    assert image.uri(LOCAL, "test") == f"{name}:test"
    assert image.uri(AWS, None) == f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/{name}:{image.version}"
    assert images.find_by_uri(image.uri(AWS, "x@sha256")) == image


def test_the_first_party_algorithm_has_the_contract_of_its_twin_but_no_metric_definitions():
    algorithm, twin = images.find("blazingtext"), images.find("blazingtext-client")
    assert algorithm.uri(AWS, None) == "685385470294.dkr.ecr.eu-west-1.amazonaws.com/blazingtext:1"
    assert algorithm.tunable_ranges() == twin.tunable_ranges()
    assert "metric" in twin.preset("train")
    assert "metric" not in algorithm.preset("train")
    with pytest.raises(DriverError, match="blazingtext-client: the hyperparameter mode is missing"):
        algorithm.check({})


@pytest.mark.parametrize("epoch", [None, 7])
@pytest.mark.parametrize("name", NAMES)
def test_a_preset_reads_the_metrics_that_the_image_writes_and_nothing_else(name, epoch, capsys):
    preset = images.find(name).preset("train")["metric"]
    log = MetricLog()

    @given(st.dictionaries(st.sampled_from([*preset]), st.floats(allow_nan=False, allow_infinity=False, width=32)))
    def check(values):
        log.report(epoch, values)
        line = capsys.readouterr().out
        read = {key: float(match[1]) for key, regex in preset.items() if (match := re.search(regex, line))}
        assert read.keys() == values.keys()
        assert all(math.isclose(read[key], value, rel_tol=1e-5) for key, value in values.items())

    check()
    log.report(None, dict.fromkeys(preset, math.nan) | {f"my-{key}": 1 for key in preset})
    line = capsys.readouterr().out
    assert not any(re.search(regex, line) for regex in preset.values())


@pytest.mark.parametrize("name", NAMES)
def test_the_regular_expressions_are_those_of_the_aws_api(name):
    definitions = [{"Name": key, "Regex": regex} for key, regex in images.find(name).metrics.items()]
    shape = botocore.session.get_session().get_service_model("sagemaker").shape_for("MetricDefinitionList")
    assert not ParamValidator().validate(definitions, shape).has_errors()
    assert max(len(definition["Regex"]) for definition in definitions) <= 500


def test_a_metrics_name_stands_for_itself_alone():
    found = images.metrics({"names": ["mlogloss@1.5"], "regex": "NAME=([0-9]+);"})
    assert not re.search(found["mlogloss@1.5"], "mlogloss@105=2;")
    assert re.search(found["mlogloss@1.5"], "mlogloss@1.5=2;")[1] == "2"


@pytest.mark.parametrize("name", TUNED)
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


@pytest.mark.parametrize("name", NAMES)
def test_the_hyperparameters_load_where_only_the_driver_is_installed(name):
    locks = (images.REPOSITORY / lock for lock in (f"images/{name}/requirements.lock", "driver/launch.lock"))
    of_image, of_driver = (set(re.findall(r"^([\w.-]+)==", lock.read_text(), re.MULTILINE)) for lock in locks)
    missing = [
        module
        for module, owners in packages_distributions().items()
        if of_image - of_driver >= {owner.lower().replace("_", "-") for owner in owners}
    ]
    assert {"gunicorn", "sagemaker_training"} <= {*missing}
    script = f"import sys; sys.modules.update(dict.fromkeys({missing})); from driver import images"
    subprocess.run([sys.executable, "-c", f"{script}; images.find({name!r}).table"], check=True, cwd=images.REPOSITORY)


def test_an_unknown_image():
    with pytest.raises(DriverError, match='no image called "headlines-mxnet" exists: did you mean headline-mxnet'):
        images.find("headlines-mxnet")
    with pytest.raises(DriverError, match=r"choose from blazingtext-client, blazingtext, .*xgboost-sentiment; --image"):
        images.find("?")
    assert images.find_by_uri("other/image:1") is None


def test_a_package_that_is_not_installed(tmp_path):
    folder = tmp_path / "images" / "new"
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "new"\nversion = "1"\n[tool.launch]\nhyperparameters = "new_image.hyperparameters:TABLE"\n'
    )
    with pytest.raises(DriverError, match=r"the hyperparameters of new cannot be loaded .* run ./launch.py"):
        images.find("new", tmp_path).check({})
