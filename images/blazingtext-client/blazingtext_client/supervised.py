"""Training fastText's classifier, with BlazingText's early stopping and lines of log; reads no channel.

fastText cannot be looked into while it trains. So each number of epochs that early stopping checks is a whole training
of so many epochs, with a learning rate that falls to 0 at its own end; the one that is best on the validation data is
kept. Each training is a process of its own, so that it can be ended and its memory is given back.
"""

import contextlib
import logging
import multiprocessing
import shutil
import sys
import threading
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import fasttext
from smcontract.errors import AlgorithmError, UserError
from smcontract.training.metrics import MetricLog

from blazingtext_client.examples import Examples
from blazingtext_client.whitespace import END_OF_LINE

MODEL = "model.bin"
GRACE = 60.0  # seconds that a training may still have after SIGTERM; SageMaker gives 120 for everything

log = logging.getLogger(__name__)


class Result(NamedTuple):
    """What one training says: how many train and validation examples it labels rightly."""

    train: int
    validation: int | None


def train(
    train: Examples,
    validation: Examples | None,
    settings: Mapping[str, Any],
    threads: int,
    stop: threading.Event,
    metrics: MetricLog,
    folder: Path,
) -> Path | None:
    """Train and return the file of the best model, in `folder`; None when `stop` came before there was any.

    Raises UserError when fastText can make nothing of the data or the settings.
    """
    _say("Running single machine CPU BlazingText training using supervised mode.")
    _say(f"Number of train examples: {train.count}")
    candidate, best = folder / "candidate.bin", folder / MODEL
    checks = [settings["epochs"]]
    is_checked = settings["early_stopping"] and validation is not None
    if is_checked:
        checks = list(range(min(settings["min_epochs"], settings["epochs"]), settings["epochs"] + 1))
        log.info("early stopping: each number of epochs from %d on is a training run of its own", checks[0])
    kept: Result | None = None
    best_epoch = waited = 0
    start = time.perf_counter()
    for epochs in checks:
        result = _run(candidate, train, validation, {**settings, "epochs": epochs}, threads, stop)
        if result is None:
            break
        _say(f"-------------- End of epoch: {epochs}")
        improved = kept is None or (result.validation or 0) > (kept.validation or 0)
        if validation is not None and result.validation is not None:
            accuracy = result.validation / validation.count
            _say(f"Validation accuracy: {accuracy:.6g}")
            metrics.report(epochs, {"validation:accuracy": accuracy})
        if improved:
            shutil.move(candidate, best)
            kept, best_epoch, waited = result, epochs, 0
            if is_checked:
                _say("Validation accuracy improved! Storing best weights...")
        else:
            waited += 1
            _say(f"Validation accuracy has not improved for last {waited} epochs.")
            if waited >= settings["patience"]:
                _say("Reached patience. Terminating training.")
                break
        if stop.is_set():
            break
    if stop.is_set():
        log.warning("stopped; %s", f"keeping the model of {best_epoch} epochs" if kept else "no model is finished yet")
    if kept is None:
        return None
    if is_checked:
        _say(f"Best epoch: {best_epoch}")
    _say(f"Total training time in seconds: {time.perf_counter() - start:.2f}")
    _say(f"#train_accuracy: {kept.train / train.count:.4f}")
    final = {"train:accuracy": kept.train / train.count}
    if validation is not None and kept.validation is not None:
        _say(f"#validation_accuracy: {kept.validation / validation.count:.4f}")
        final["validation:accuracy"] = kept.validation / validation.count
    metrics.report(None, final)
    return best


def _run(
    path: Path,
    train: Examples,
    validation: Examples | None,
    settings: Mapping[str, Any],
    threads: int,
    stop: threading.Event,
) -> Result | None:
    """Train in a process of its own; None when `stop` was set and the training did not end soon after."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    files = (str(train.path), str(validation.path) if validation else None, str(path))
    # Spawned, not forked: a process that has threads may hang in its fork.
    process = multiprocessing.get_context("spawn").Process(
        target=_work, args=(sender, files, dict(settings), threads), daemon=True
    )
    process.start()
    sender.close()
    try:
        deadline = None
        while not receiver.poll(0.1):
            if deadline is None and stop.is_set():
                deadline = time.monotonic() + GRACE
            if deadline is not None and time.monotonic() > deadline:
                return None
        answer = receiver.recv()
    except EOFError:
        process.join()
        raise MemoryError from None  # nothing else kills it: the kernel does, where memory ends
    finally:
        process.kill()
        process.join()
        receiver.close()
    if isinstance(answer, str):
        raise _explained(answer, settings)
    return Result(*answer)


def _work(sender: Connection, files: tuple[str, str | None, str], settings: dict[str, Any], threads: int) -> None:
    """Train, save and test; send the members of a Result, or what fastText says of its failure."""
    train, validation, path = files
    try:
        model = fasttext.train_supervised(
            input=train, lr=settings["learning_rate"], dim=settings["vector_dim"], epoch=settings["epochs"],
            minCount=settings["min_count"], wordNgrams=settings["word_ngrams"], bucket=settings["buckets"],
            minn=0, maxn=0, loss="softmax", thread=threads, verbose=0,
        )  # fmt: skip
        if set(model.words) <= {END_OF_LINE}:
            raise ValueError("Empty vocabulary")
        model.save_model(path)
        answer: tuple[int, int | None] | str = (
            _right(model, train), None if validation is None else _right(model, validation)
        )  # fmt: skip
    except MemoryError:
        return
    except Exception as error:  # noqa: BLE001  # fastText's are of several types; the parent makes a sentence of them
        answer = f"{type(error).__name__}: {error}"
    with contextlib.suppress(BrokenPipeError):
        sender.send(answer)


def _right(model: Any, path: str) -> int:
    """How many lines get one of their labels as the most probable. A line of unknown labels alone counts as wrong."""
    count, precision, _ = model.test(path)
    return round(count * precision) if count else 0


def _explained(message: str, settings: Mapping[str, Any]) -> Exception:
    if "NaN" in message:
        return UserError(f"the weights became NaN at learning_rate {settings['learning_rate']}: lower it")
    if "Empty vocabulary" in message:
        return UserError(
            f"no word occurs min_count = {settings['min_count']} times in the train channel: lower min_count, or give "
            "more text"
        )
    return AlgorithmError(f"fastText failed: {message}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
