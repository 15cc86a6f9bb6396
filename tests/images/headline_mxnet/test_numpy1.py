"""MXNet on the NumPy of today: what it is given, and that nobody else is. What imports it has its own interpreter."""

import json
import subprocess
import sys

import numpy as np
import pytest
from headline_mxnet.numpy1 import GONE, SAME, mx

PROGRAM = """
import json, sys, threading
import numpy
before = dict(vars(numpy))
thread = threading.Thread(target=__import__, args=("headline_mxnet.foreign",))
thread.start()
seen = set()
while thread.is_alive():
    seen |= vars(numpy).keys() & {"NaN", "NINF", "rate", "trapz"}
    thread.join(0.001)
modules = list(sys.modules)
from headline_mxnet import numpy1
import mxnet
asked_for = {*numpy1.SAME, *numpy1.GONE, *numpy1.VALUES}
print(json.dumps({
    "seen": list(seen),
    "changed": [name for name in asked_for if vars(numpy).get(name) is not before.get(name)],
    "finders": [str(finder) for finder in sys.meta_path if type(finder).__module__ == numpy1.__name__],
    "same": mxnet is numpy1.mx,
    "sum": float(mxnet.nd.array([1, 2]).sum().asscalar()),
    "modules": modules,
}))
"""


@pytest.fixture(scope="module")
def imported():
    """What an interpreter found that has imported what a server imports, and looked at NumPy meanwhile."""
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_numpy_is_the_same_while_mxnet_is_imported_and_after(imported):
    assert (imported["seen"], imported["changed"], imported["finders"]) == ([], [], [])


def test_mxnet_is_itself_wherever_it_is_imported(imported):
    assert imported["same"]
    assert imported["sum"] == 3


def test_a_server_imports_nothing_large_that_it_does_not_use(imported):
    assert "mxnet" in imported["modules"]
    assert not {"onnx", "scipy.stats"} & set(imported["modules"])


@pytest.mark.parametrize("name", GONE)
def test_a_function_that_numpy_no_longer_has_is_named(name):
    with pytest.raises(NotImplementedError, match=rf"numpy\.{name}, which NumPy {np.__version__} no longer has: call"):
        getattr(mx.np.fallback, name)(1, 2, 3)


def test_functions_with_another_name_now_are_called_by_it():
    assert {name: getattr(mx.np, name)(mx.np.array([1.0, 2.0, 4.0])).item() for name in SAME if name != "round_"} == {
        "alltrue": True, "product": 8, "sometrue": True, "trapz": 4.5,
    }  # fmt: skip
    assert mx.np.round_(mx.np.array([1.4, 2.6])).tolist() == [1, 3]


def test_numpy_hands_its_calls_to_mxnet_as_before():
    assert isinstance(np.sum(mx.np.array([1.0, 2.0])), mx.np.ndarray)
    assert mx.np.pad(mx.np.array([[1.0]]), ((0, 0), (1, 1)), mode="constant").tolist() == [[0, 1, 0]]


def test_operators_are_compiled_when_they_are_called():
    assert mx.nd.op.concat.__name__ == "concat"
    assert "Joins input arrays" in mx.nd.op.concat.__doc__
    one, two = mx.nd.array([[1.0, 2.0]]), mx.nd.array([[3.0, 4.0]])
    assert mx.nd.concat(one, two, dim=0).asnumpy().tolist() == [[1, 2], [3, 4]]
    mx.nd.broadcast_add(one, two, out=two)
    assert two.asnumpy().tolist() == [[4, 6]]
    assert mx.np.ones(2).cumsum().tolist() == [1, 2]
    symbol = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=3, no_bias=True, name="dense")
    assert symbol.list_arguments() == ["data", "dense_weight"]
    with pytest.raises(AssertionError, match="Argument lhs must have NDArray type, but got 1"):
        mx.nd.broadcast_add(1, two)
    with pytest.raises(mx.MXNetError, match="Cannot find argument 'axes'"):
        mx.nd.softmax(one, axes=0)
