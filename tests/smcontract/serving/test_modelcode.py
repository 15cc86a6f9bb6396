"""A script that comes with a model: refused where it would answer requests itself, left alone where it has trained."""

import pytest
from smcontract.errors import UserError
from smcontract.serving import modelcode


def check(folder, content, name="inference.py", **environ):
    (folder / "code").mkdir()
    (folder / "code" / name).write_text(content)
    modelcode.check(folder, environ)


@pytest.mark.parametrize("line", ["def model_fn(folder): ...", "from handlers import own as transform_fn"])
@pytest.mark.parametrize(("name", "environ"), [("inference.py", {}), ("serve.py", {"SAGEMAKER_PROGRAM": "serve.py"})])
def test_a_script_with_functions_for_serving_is_refused(tmp_path, line, name, environ):
    with pytest.raises(UserError, match=rf"the model's code/{name} has its own .*_fn.*: serve the model with an image"):
        check(tmp_path, f"import json\n{line}\n", name, **environ)


def test_what_is_not_python_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"code/inference\.py cannot be read as Python \(.*\): serve the model with"):
        check(tmp_path, "def model_fn(:\n")


def test_a_script_that_has_trained_the_model_is_left_alone(tmp_path, caplog):
    caplog.set_level("INFO")
    check(tmp_path, "def train(): ...\nprint(model_fn)\n", "train.py", SAGEMAKER_PROGRAM="train.py")
    assert "code/train.py is part of the model, has no functions for serving, and is not run" in caplog.text


def test_nothing_is_said_of_a_model_without_a_script(tmp_path, caplog):
    caplog.set_level("INFO")
    modelcode.check(tmp_path, {"SAGEMAKER_PROGRAM": ""})
    assert caplog.text == ""
