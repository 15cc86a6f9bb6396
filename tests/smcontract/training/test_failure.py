import errno
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smcontract.errors import AlgorithmError, UserError
from smcontract.paths import Paths
from smcontract.training import failure
from textprep.errors import DataError


def raised(error):
    """Give the error a traceback."""
    with pytest.raises(type(error)) as caught:
        raise error
    return caught.value


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (UserError("no label"), UserError, "no label"),
        (DataError("not UTF-8"), UserError, "not UTF-8"),
        (MemoryError(), UserError, "out of memory: choose an instance type with more"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), UserError, "out of memory"),
        (OSError(errno.ENOSPC, "No space left on device"), UserError, "the disk is full.*VolumeSizeInGB"),
        (OSError(errno.ENOSPC, "No space left on device", "/m/x"), UserError, "is full while writing /m/x"),
        (KeyboardInterrupt(), UserError, "interrupted"),
        (PermissionError(errno.EACCES, "Permission denied"), AlgorithmError, "unexpected PermissionError"),
        (KeyError("x"), AlgorithmError, "unexpected KeyError: 'x'; this is a fault of the image"),
        (SystemExit(3), AlgorithmError, "unexpected SystemExit: 3"),
    ],
)
def test_every_error_becomes_a_sentence(error, kind, words):
    explained = failure.as_contract_error(error)
    assert type(explained) is kind
    with pytest.raises(kind, match=words):
        raise explained


def test_a_user_error_leaves_no_traceback():
    assert failure.text(raised(UserError("line 3 has no label"))) == "line 3 has no label"


def test_failure_reasons_wasted_on_a_traceback():
    """SageMaker's toolkit writes it first, and of 1,024 characters nothing is left for the cause."""
    cause, _, trace = failure.text(raised(ValueError("boom"))).partition("\n\n")
    assert cause.startswith("unexpected ValueError: boom")
    assert "in raised" in trace
    assert trace.endswith("ValueError: boom")


def test_of_a_long_traceback_the_end_is_kept():
    text = failure.text(raised(ValueError("x" * 700 + " the end")))
    assert "\n\n…" in text
    assert text.endswith("the end")


@given(st.text(max_size=3000), st.sampled_from([UserError, ValueError]))
def test_the_text_fits_and_is_valid_utf8(message, kind):
    raw = failure.text(raised(kind(message))).encode()
    assert len(raw) <= 1024
    assert len(raw.decode()) <= 1024


@pytest.mark.parametrize("message", ["é" * 600, "日本語" * 400, "🎬" * 300, "x" + "🎬" * 300])
def test_a_long_cause_is_cut_between_characters(message):
    text = failure.text(UserError(message))
    assert text.endswith("…")
    assert message.startswith(text[:-1])
    assert 1024 - 4 < len(text.encode()) <= 1024


def test_the_first_failure_is_kept(tmp_path):
    paths = Paths(tmp_path)
    failure.write(paths, UserError("the cause"))
    failure.write(paths, UserError("a consequence"))
    assert paths.failure.read_text() == "the cause"


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.EPERM])
def test_what_is_forbidden_is_the_callers_fault(number):
    error = failure.as_contract_error(OSError(number, os.strerror(number), "/opt/ml/output/data"))
    assert isinstance(error, UserError)
    assert "cannot access /opt/ml/output/data" in str(error)
