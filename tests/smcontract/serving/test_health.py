import pytest
from smcontract.serving.health import Health, State


def test_not_before_the_check():
    health = Health()
    assert (health.state, health.status) == (State.LOADING, 503)


def test_not_during_the_check_but_after_it():
    health, during = Health(), []
    health.check(lambda: during.append(health.status))
    assert (during, health.state, health.status) == ([503], State.READY, 200)


def test_never_after_a_failed_check():
    health = Health()
    health.check(lambda: None)
    with pytest.raises(ZeroDivisionError):
        health.check(lambda: 1 // 0)
    assert (health.state, health.status) == (State.FAILED, 503)
