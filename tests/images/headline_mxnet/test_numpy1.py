"""MXNet on the NumPy of today: what it is given, and that nobody else is. Each test has an interpreter of its own."""

import subprocess
import sys

import numpy as np
import pytest
from headline_mxnet.numpy1 import GONE, SAME, mx

BEFORE = """
import sys
import numpy
before = dict(vars(numpy))
"""
AFTER = """
from headline_mxnet import numpy1
asked_for = {*numpy1.SAME, *numpy1.GONE, *numpy1.VALUES}
assert {name for name in asked_for if vars(numpy).get(name) is not before.get(name)} == set()
assert not [finder for finder in sys.meta_path if type(finder).__module__ == numpy1.__name__]
print(mx.nd.array([1, 2]).sum().asscalar())
"""
TWICE = "from headline_mxnet.numpy1 import mx; import mxnet; assert mxnet is mx"
IN_A_THREAD = """
import threading
seen = set()
def load():
    global mx
    from headline_mxnet.numpy1 import mx
thread = threading.Thread(target=load)
thread.start()
while thread.is_alive():    # not for a moment, either
    seen |= vars(numpy).keys() & {"NaN", "NINF", "rate", "trapz"}
    thread.join(0.001)
assert not seen, seen
"""


@pytest.mark.parametrize("load", [TWICE, IN_A_THREAD])
def test_numpy_is_the_same_after_mxnet_is_imported(load):
    done = subprocess.run(
        [sys.executable, "-c", BEFORE + load + AFTER],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.stdout == "3.0\n", done.stderr


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
