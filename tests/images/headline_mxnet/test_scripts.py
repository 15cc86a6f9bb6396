"""What a user's script finds in this image: MXNet, by its own name."""

import json
import subprocess
import sys
from pathlib import Path

from headline_mxnet import scripts

from tests.opt_ml import OptMl

SCRIPT = """
import sys
before = "numpy" in sys.modules or "headline_mxnet" in sys.modules
from mxnet.gluon import nn
import mxnet, mxnet as mx, json, os
from headline_mxnet.numpy1 import mx as ours
with open(os.path.join(os.environ["SM_MODEL_DIR"], "seen.json"), "w") as file:
    sums = mx.nd.array([[1, 2], [3, 4]]).sum(axis=1).asnumpy().tolist()
    json.dump({"before": before, "same": mx is mxnet is ours, "sums": sums, "module": nn.Dense.__module__}, file)
"""


def test_mxnet_is_imported_by_its_own_name(tmp_path: Path) -> None:
    container = OptMl(tmp_path / "ml")
    (tmp_path / "ml" / "code").mkdir()
    (tmp_path / "ml" / "code" / "train.py").write_text(SCRIPT)
    container.configure("hyperparameters", {"sagemaker_program": "train.py"})
    container.put("train", "1\n")
    variables = {"SAGEMAKER_TRAINING_MODULE": "headline_mxnet.start:main", "SM_STUDIO_LOCAL_MODE": "true"}
    done = subprocess.run(
        [Path(sys.executable).parent / "train"], capture_output=True, text=True, timeout=100, check=False,
        env=container.environ(SAGEMAKER_SCRIPT_PACKAGE=scripts.__name__, **variables),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    seen = json.loads((container.paths.model / "seen.json").read_text())
    assert seen == {"before": False, "same": True, "sums": [3.0, 7.0], "module": "mxnet.gluon.nn.basic_layers"}
