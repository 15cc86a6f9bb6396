"""What pytest must know of the whole folder."""

import gc
import os
import signal
from collections.abc import Generator
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import settings

TESTS = Path(__file__).parent
SLOW = """
    bench clients containers deploy endtoend examples
    docs/test_iam
    driver/test_cli driver/test_emulator driver/test_images driver/test_terminal driver/aws/test_calls
    driver/aws/test_remedies driver/commandline driver/commands driver/lifecycle/test_wait driver/report/test_browser
    driver/report/test_report driver/report/test_tsne driver/tables driver/trying
    emulator/test_full_disk emulator/test_kills emulator/test_links emulator/test_recovery emulator/test_server
    emulator/test_twins emulator/api/test_protocol emulator/auth/test_origin emulator/auth/test_signature
    emulator/aws/test_lacking emulator/aws/test_logs emulator/aws/test_malformed emulator/aws/test_s3
    emulator/aws/test_versions emulator/engines emulator/files/test_temporary emulator/hosting emulator/serving
    emulator/state/test_folder emulator/training emulator/transform emulator/tuning
    images/blazingtext_client/client images/blazingtext_client/test_supervised images/blazingtext_client/test_vectors
    images/headline_mxnet/test_model images/headline_mxnet/test_numpy1 images/headline_mxnet/test_onnx
    images/headline_mxnet/test_scripts
    images/headline_mxnet/test_texts images/headline_mxnet/test_train images/headline_mxnet/test_training
    images/xgboost_sentiment/test_many_labels images/xgboost_sentiment/test_model
    images/xgboost_sentiment/test_texts images/xgboost_sentiment/test_train
    notebooks
    repository/push repository/test_distributions repository/test_launch repository/test_new_image
    repository/test_release repository/test_sbom
    smcontract/server smcontract/serving/test_app smcontract/serving/test_memory smcontract/test_slow_clients
    smcontract/training/test_artefact smcontract/training/test_train
    textprep/test_clean textprep/test_core_built textprep/test_core_characters textprep/test_corpus
    textprep/test_fitting textprep/test_pipeline textprep/test_stem
""".split()  # noqa: SIM905 (a line each would be a page)
"""Folders and files that start programs or compute for seconds: `make check` leaves them out."""

# Programs that tests run, not tests.
collect_ignore = ["fixtures", *(f"clients/{name}.py" for name in ("cli", "data", "rows", "sdk2", "sdk3"))]

# Each process of a run imports and collects everything, and little of that is ever given back.
gc.set_threshold(100_000)

settings.register_profile("patient", deadline=None)  # on a busy machine any example may take long
settings.load_profile("patient")

# A shell starts background jobs with Ctrl-C ignored, and the programs that tests interrupt would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="leave out what takes seconds")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    name = collection_path.relative_to(TESTS).with_suffix("").as_posix()
    return True if config.getoption("quick") and name in SLOW else None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported and collected stays: the garbage collector need not walk it, neither here nor in the tests."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    # The processes of a run must find the same names, and an archive holds the second in which it was made.
    return argname if isinstance(val, bytes) and not val.isascii() else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each worker begin with its share of the long tests: else the run would end with them alone.

    pytest-xdist first gives each of its workers a run of tests, all of one length.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    long = [item for item in items if item.get_closest_marker("long")]
    short = iter([item for item in items if not item.get_closest_marker("long")])
    ordered: list[pytest.Item] = []
    for number in range(workers):
        share = long[number::workers]
        quota = (len(items) - len(ordered)) // (workers - number)
        ordered += [*share, *islice(short, max(0, quota - len(share)))]
    items[:] = [*ordered, *short]
