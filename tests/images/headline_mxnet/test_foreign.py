"""Models that MXNet itself has saved, as scripts of users do, are served."""

import json

import numpy as np
import pytest
from headline_mxnet.foreign import Foreign
from headline_mxnet.numpy1 import mx
from headline_mxnet.serve import Handler
from smcontract.errors import UserError
from smcontract.httperrors import BadRequestError

ROWS = [[0.0, 1.0, 2.0], [3.0, 0.0, 1.0]]


@pytest.fixture
def saved(tmp_path):
    """The folder of a model of rows of three numbers, and what it answers to ROWS."""
    net = mx.gluon.nn.HybridSequential()
    net.add(mx.gluon.nn.Dense(4, activation="relu"), mx.gluon.nn.Dense(2), mx.gluon.nn.HybridLambda("softmax"))
    net.initialize(mx.init.Xavier())
    net.hybridize()
    answers = net(mx.nd.array(ROWS)).asnumpy()
    net.export(str(tmp_path / "model"))
    (tmp_path / "model-shapes.json").write_text(json.dumps([{"name": "data", "shape": [1, 3]}]))
    return tmp_path, answers


@pytest.mark.parametrize("body", [json.dumps(ROWS), json.dumps({"instances": ROWS})])
def test_it_answers_as_mxnet_does(saved, body):
    folder, answers = saved
    handler = Handler()
    model = handler.default_model_fn(str(folder))
    assert isinstance(model, Foreign)
    handler.check(model)
    found = handler.default_predict_fn(handler.default_input_fn(body.encode(), "application/json"), model)
    assert np.allclose([each["outputs"] for each in found], answers, atol=1e-6)
    assert [each["label"] for each in found] == list(map(str, answers.argmax(axis=1)))
    assert [each["score"] for each in found] == [max(each["outputs"]) for each in found]
    with pytest.raises(BadRequestError, match='send neither "explain" nor "k"'):
        model.predict([model.records.from_json(ROWS[0])], explain=True)


@pytest.mark.parametrize(
    ("file", "content", "sentence"),
    [
        ("model-0000.params", None, r"has model-shapes\.json but not model-0000\.params"),
        ("model-0000.params", b"x", "are not a model of rows of 3"),
        ("model-symbol.json", b"{}", "are not a model of rows of 3"),
        ("model-shapes.json", None, r"does not contain manifest\.json"),
        ("model-shapes.json", b"{", "does not describe one input of rows of numbers"),
        ("model-shapes.json", b'[{"name": "data", "shape": [1, 3, 4]}]', "does not describe one input"),
        ("model-shapes.json", b'[{"name": "data", "shape": [1, 7]}]', "are not a model of rows of 7"),
    ],
)
def test_what_is_not_whole_is_refused(saved, file, content, sentence):
    folder, _ = saved
    (folder / file).unlink() if content is None else (folder / file).write_bytes(content)
    with pytest.raises(UserError, match=sentence):
        Handler().default_model_fn(str(folder))
