import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from smcontract.httperrors import BusyError
from smcontract.serving.gate import Gate


def test_one_runs_while_others_wait():
    gate, inside, most = Gate(patience=60), [], []

    def predict(number):
        with gate.slot():
            inside.append(number)
            most.append(len(inside))
            inside.remove(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(predict, range(200)))
    assert most == [1] * 200


def test_patience_ends():
    gate = Gate(patience=0.01)
    with gate.slot(), pytest.raises(BusyError, match=r"more than 0\.01 seconds; try"), gate.slot():
        pytest.fail("the slot was taken")
    with gate.slot(waited=5):
        pass


def test_what_has_been_waited_counts():
    gate = Gate(patience=60)
    with gate.slot(), pytest.raises(BusyError, match="more than 60 seconds"), gate.slot(waited=60):
        pytest.fail("the slot was taken")


def test_an_error_frees_the_slot():
    gate = Gate(patience=0)
    with pytest.raises(KeyError), gate.slot():
        raise KeyError
    with gate.slot():
        pass


def test_how_long_the_prediction_runs():
    gate = Gate(patience=0)
    assert gate.running_since() is None
    with gate.slot():
        began = gate.running_since()
        assert began is not None
        seen = []
        thread = threading.Thread(target=lambda: seen.append(gate.running_since()))
        thread.start()
        thread.join()
        assert seen == [began]
    assert gate.running_since() is None
