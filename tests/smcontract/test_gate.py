import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from smcontract.gate import Gate
from smcontract.httperrors import BusyError


def test_one_runs_while_others_wait():
    gate, inside, most = Gate(queue=8, patience=60), [], []

    def predict(number):
        with gate.place(), gate.slot():
            inside.append(number)
            most.append(len(inside))
            inside.remove(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(predict, range(200)))
    assert most == [1] * 200


def test_who_finds_no_place_is_sent_away_and_places_come_back():
    gate = Gate(queue=1, patience=60)
    for _ in range(3):
        with gate.place(), gate.place(), pytest.raises(BusyError, match="the queue of 1 is full; try"), gate.place():
            pytest.fail("there were two places")


def test_patience_ends():
    gate = Gate(queue=1, patience=0.01)
    with gate.slot(), pytest.raises(BusyError, match=r"more than 0\.01 seconds; try"), gate.slot():
        pytest.fail("the slot was taken")
    with gate.slot():
        pass


def test_an_error_frees_the_slot():
    gate = Gate(queue=0, patience=0)
    with pytest.raises(KeyError), gate.place(), gate.slot():
        raise KeyError
    with gate.place(), gate.slot():
        pass


def test_how_long_the_prediction_runs():
    gate = Gate(queue=0, patience=0)
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
