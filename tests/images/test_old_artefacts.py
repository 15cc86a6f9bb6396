"""Artefacts of the images on Debian 12 (NumPy 1.23 under MXNet, XGBoost 3.2.0) answer as they did there."""

import importlib
import json
from pathlib import Path

import pytest
from smcontract import media

ARTEFACTS = Path(__file__).parents[1] / "fixtures" / "artefacts"
OLD = sorted(path.name for path in ARTEFACTS.glob("*-debian-12-*") if path.is_dir())
TOLERANCE = 1e-6


def close(value):
    """The same with numbers that may be off by the tolerance, at any depth."""
    if isinstance(value, dict):
        return {name: close(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [close(inner) for inner in value]
    return pytest.approx(value, rel=0, abs=TOLERANCE) if isinstance(value, float) else value


def test_each_image_has_old_artefacts():
    assert [name.partition("-debian-12-")[0] for name in OLD] == sorted(
        ["blazingtext-client", "headline-mxnet", "xgboost-sentiment"] * 2
    )


@pytest.mark.parametrize("name", OLD)
def test_an_artefact_of_an_older_image_answers_as_it_did(name):
    package = name.partition("-debian-12-")[0].replace("-", "_")
    handler = importlib.import_module(f"{package}.serve").Handler()
    model = handler.default_model_fn(str(ARTEFACTS / name))
    handler.check(model)
    case = json.loads((ARTEFACTS / f"{name}.json").read_text("utf-8"))
    body = json.dumps({"instances": case["instances"]}).encode()
    parts = handler.default_input_fn(body, media.JSON)
    answer = json.loads(handler.default_output_fn(handler.default_predict_fn(parts, model), media.JSON))
    assert answer == close(case["answer"])
