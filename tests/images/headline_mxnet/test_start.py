import os
import subprocess
import sys

import pytest
from smcontract import cpus

from tests.images.headline_mxnet.conftest import NEWS, Container
from tests.opt_ml import PYTHONPATH

# Prints the variable as it is when MXNet is first imported, and ends there.
PROGRAM = """
import builtins, os, sys
from headline_mxnet import start
assert "mxnet" not in sys.modules, "start must come before MXNet"
def looking(name, *more, importing=builtins.__import__, **others):
    if name.split(".")[0] == "mxnet":
        print(os.environ.get("OMP_NUM_THREADS"))
        sys.exit()
    return importing(name, *more, **others)
builtins.__import__ = looking
start.main()
"""


def run(tmp_path, **environment):
    kept = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    ours = {"PYTHONPATH": PYTHONPATH, "SAGEMAKER_BASE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=kept | ours | environment, capture_output=True, text=True, timeout=100
    )
    return done.stdout, done.stderr


@pytest.mark.parametrize(("given", "used"), [({}, str(cpus.usable())), ({"OMP_NUM_THREADS": "7"}, "7")])
def test_mxnet_is_loaded_with_a_number_of_threads(tmp_path, given, used):
    container = Container(tmp_path)
    container.put("train", NEWS)
    container.configure("hyperparameters", container.small_ones({}))
    out, err = run(tmp_path, **given)
    assert out.split() == [used], err
