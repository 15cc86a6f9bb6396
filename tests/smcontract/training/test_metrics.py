import json

import pytest
from smcontract.training.metrics import MetricLog


def test_a_line_is_what_the_contract_says(capsys):
    MetricLog().report(3, {"validation:accuracy": 0.9134})
    MetricLog().report(1_234_567, {"a": 1.0, "b": 1e-9})
    MetricLog().report(None, {"test:accuracy": 0.91844})
    assert capsys.readouterr().out.splitlines() == [
        "epoch=3; validation:accuracy=0.9134;",
        "epoch=1234567; a=1; b=1e-09;",
        "test:accuracy=0.91844;",
    ]


def test_what_was_reported_is_remembered_and_saved(tmp_path, capsys):
    log = MetricLog()
    log.report(1, {"loss": 0.5, "accuracy": 0.8})
    log.report(2, {"loss": float("nan")})
    log.extra["test"] = {"confusion": [[1, 0], [0, 1]]}
    log.save(tmp_path / "data" / "metrics.json")
    assert json.loads((tmp_path / "data" / "metrics.json").read_text()) == {
        "latest": {"loss": None, "accuracy": 0.8},
        "history": [{"epoch": 1, "loss": 0.5, "accuracy": 0.8}, {"epoch": 2, "loss": None}],
        "test": {"confusion": [[1, 0], [0, 1]]},
    }
    assert capsys.readouterr().out.splitlines()[1] == "epoch=2; loss=nan;"


@pytest.mark.parametrize("name", ["", "two words", "a=b", "a;b"])
def test_a_name_that_would_break_the_line_is_refused(name):
    with pytest.raises(ValueError, match="metric name"):
        MetricLog().report(1, {name: 1.0})
