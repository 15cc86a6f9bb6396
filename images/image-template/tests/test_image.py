"""The image, from a channel of texts to an answer: by the `train` program, and by the handler that `serve` runs."""

import json
from pathlib import Path

import pytest
from image_template.hyperparameters import TABLE
from image_template.serve import Handler

from tests.opt_ml import OptMl

SAMPLE = Path(__file__).parents[1] / "sample"
HEADLINES = next((SAMPLE / "train").iterdir()).read_bytes()


class Container(OptMl):
    main, table = "image_template.train:main", TABLE


@pytest.fixture
def container(tmp_path):
    return Container(tmp_path / "ml")


def test_what_it_was_trained_on_it_knows(container):
    container.put("train", HEADLINES)
    code, out, err = container.run()
    assert code == 0, err
    assert "train:accuracy=1;" in out.splitlines()[-1]
    handler = Handler()
    model = handler.default_model_fn(str(container.paths.model))
    handler.check(model)
    lines = HEADLINES.decode().splitlines()
    answers = model.predict([line.partition(",")[2] for line in lines])
    assert [answer["label"] for answer in answers] == [line.partition(",")[0] for line in lines]
    assert sum(answers[0]["probabilities"].values()) == pytest.approx(1)
    request = handler.default_input_fn((SAMPLE / "request.json").read_bytes(), "application/json")
    body = handler.default_output_fn(handler.default_predict_fn(request, model), "application/json")
    assert [answer["label"] for answer in json.loads(body)["predictions"]] == ["business", "sport"]


def test_texts_of_one_label_are_refused(container):
    container.put("train", "sport,A cup\nsport,A goal\n")
    code, _, err = container.run()
    assert code == 1
    assert "the labels of the training texts are sport: give" in container.paths.failure.read_text()
    assert "Traceback" not in err
    assert container.files() == []
