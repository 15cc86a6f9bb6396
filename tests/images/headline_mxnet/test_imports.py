"""A served model does without MXNet, which takes a second to import and 100 MB of memory."""

import json
import subprocess
import sys

SERVE = """
import json, sys
from headline_mxnet.serve import Handler
from smcontract import media
handler = Handler()
model = handler.default_model_fn(sys.argv[1])
handler.check(model)
parts = handler.default_input_fn(b'{"instances": ["bank profit"], "explain": true}', media.JSON)
(prediction,) = handler.default_predict_fn(parts, model)
assert prediction["explanation"]["words"], prediction
print(json.dumps(sorted(sys.modules)))
"""


def test_headlines_are_served_without_mxnet(trained):
    command = [sys.executable, "-c", SERVE, str(trained.paths.model)]
    modules = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert "headline_mxnet.forward" in modules
    assert not {"mxnet", "onnx"} & set(modules)
