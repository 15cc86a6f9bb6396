import json
import math
import re

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st
from smcontract.training.metrics import MetricLog, definitions

NAMES = ["validation:accuracy", "accuracy", "train:mlogloss@1"]


def found(line):
    """What SageMaker reads out of a line with our definitions."""
    matches = {entry["Name"]: re.search(entry["Regex"], line) for entry in definitions(NAMES)}
    return {name: float(match[1]) for name, match in matches.items() if match}


def test_a_line_is_what_the_contract_says(capsys):
    MetricLog().report(3, {"validation:accuracy": 0.9134})
    MetricLog().report(1_234_567, {"a": 1.0, "b": 1e-9})
    MetricLog().report(None, {"test:accuracy": 0.91844})
    assert capsys.readouterr().out.splitlines() == [
        "epoch=3; validation:accuracy=0.9134;",
        "epoch=1234567; a=1; b=1e-09;",
        "test:accuracy=0.91844;",
    ]


@pytest.mark.parametrize("epoch", [None, 7])
def test_the_definitions_find_what_was_reported_and_nothing_else(capsys, epoch):
    log = MetricLog()

    @given(st.dictionaries(st.sampled_from(NAMES), st.floats(allow_nan=False, allow_infinity=False, width=32)))
    def check(values):
        log.report(epoch, values)
        read = found(capsys.readouterr().out)
        assert read.keys() == values.keys()
        assert all(math.isclose(read[name], value, rel_tol=1e-5) for name, value in values.items())

    check()


def test_the_definitions_are_those_of_the_aws_api():
    model = botocore.session.get_session().get_service_model("sagemaker")
    shape = model.shape_for("MetricDefinitionList")
    assert not ParamValidator().validate(definitions(NAMES), shape).has_errors()
    assert all(len(entry["Regex"]) <= 500 for entry in definitions(["x" * 255]))


def test_what_was_reported_is_remembered_and_saved(tmp_path, capsys):
    log = MetricLog()
    log.report(1, {"loss": 0.5, "accuracy": 0.8})
    log.report(2, {"loss": float("nan")})
    log.save(tmp_path / "data" / "metrics.json")
    assert json.loads((tmp_path / "data" / "metrics.json").read_text()) == {
        "latest": {"loss": None, "accuracy": 0.8},
        "history": [{"epoch": 1, "loss": 0.5, "accuracy": 0.8}, {"epoch": 2, "loss": None}],
    }
    assert not found(capsys.readouterr().out.splitlines()[1])


@pytest.mark.parametrize("name", ["", "two words", "a=b", "a;b"])
def test_a_name_that_would_break_the_line_is_refused(name):
    with pytest.raises(ValueError, match="metric name"):
        MetricLog().report(1, {name: 1.0})
