"""The failure file: why a training job failed, so that the reason survives the 1,024 characters SageMaker keeps."""

import errno
import os
import threading
import traceback

from textprep.errors import DataError

from smcontract.errors import AlgorithmError, ContractError, UserError
from smcontract.paths import Paths

LIMIT = 1024  # FailureReason of DescribeTrainingJob; kept in bytes too, so that no reader cuts inside a character
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_writing = threading.Lock()
_FORBIDDEN = (errno.EROFS, errno.EACCES, errno.EPERM)


def as_contract_error(error: BaseException) -> ContractError:
    """Return the error that tells people what `error` means: itself when it is one already.

    Example:
    >>> as_contract_error(KeyError("x"))
    AlgorithmError("unexpected KeyError: 'x'; this is a fault of the image, not of your data or settings")
    """
    if isinstance(error, ContractError):
        return error
    if isinstance(error, DataError):
        return UserError(str(error))
    if isinstance(error, KeyboardInterrupt):
        return UserError("training was interrupted: start it again")
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, MemoryError) or number == errno.ENOMEM:
        return UserError("training ran out of memory: choose an instance type with more memory, or use less data")
    if isinstance(error, OSError) and number in DISK_FULL:
        place = f" while writing {error.filename}" if error.filename else ""
        return UserError(f"the disk is full{place} ({error.strerror}): set a larger VolumeSizeInGB")
    if isinstance(error, OSError) and number in _FORBIDDEN and error.filename:
        return UserError(
            f"the container's user, {os.getuid()}, cannot access {error.filename} ({error.strerror}): give it "
            "permission, or start the container as another user"
        )
    message = f": {error}" if str(error) else ""
    return AlgorithmError(
        f"unexpected {type(error).__name__}{message}; this is a fault of the image, not of your data or settings"
    )


def text(error: BaseException) -> str:
    """Return what belongs in the failure file: the cause, then for anything but a UserError the end of the traceback.

    At most 1,024 bytes of UTF-8; the cause is cut only when it does not fit alone.
    """
    cause = as_contract_error(error)
    sentence = _fit(str(cause), LIMIT)
    room = LIMIT - len(sentence.encode()) - 2
    if isinstance(cause, UserError) or room < 100:
        return sentence
    trace = "".join(traceback.format_exception(error)).strip()
    return f"{sentence}\n\n{_fit(trace, room, keep_end=True)}"


def write(paths: Paths, error: BaseException) -> None:
    """Write the failure file, unless there is one: the first cause is the cause. Raises OSError.

    Several threads may call it; a process may end as soon as one of them has returned.
    """
    paths.failure.parent.mkdir(parents=True, exist_ok=True)
    try:
        with _writing, paths.failure.open("x", encoding="utf-8") as file:
            file.write(text(error))
    except FileExistsError:
        return


def _fit(text: str, limit: int, *, keep_end: bool = False) -> str:
    raw = text.encode("utf-8", "backslashreplace")
    if len(raw) <= limit:
        return raw.decode()
    room = limit - len("…".encode())
    kept = raw[-room:] if keep_end else raw[:room]
    whole = kept.decode("utf-8", "ignore")
    return f"…{whole}" if keep_end else f"{whole}…"
