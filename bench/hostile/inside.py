"""Runs inside an image: `python inside.py train|serve FOLDER`, with the image's own libraries.

FOLDER/cases holds a folder laid out like /opt/ml for each case. The image's own `train` or `serve` program runs in
each, in a process forked from one that has imported its libraries: that saves a second a case. Writes a line of JSON
for each to FOLDER/outcomes, and the case's output to its `log`.
"""

import http.client
import importlib
import json
import os
import runpy
import shutil
import signal
import sys
import time
from pathlib import Path

STOP_SECONDS = 3  # of the processor; then a training job gets SIGTERM: a setting may well ask for a million rounds
KILL_SECONDS = 20  # after SIGTERM; and SIGTERM comes after as many at the latest
PAUSE_SECONDS = 0.005
PORT = 8080
HEAVY = {"train": ["sagemaker_training.cli.train"], "serve": ["smcontract.server.master"]}  # imported by the programs


def main() -> None:
    """Run every case, one after the other."""
    program, folder = sys.argv[1], Path(sys.argv[2])
    current = folder / "current"  # one place for all: the toolkit reads its base folder once, when it is imported
    os.environ |= {"SAGEMAKER_BASE_DIR": str(current), "SAGEMAKER_BIND_TO_PORT": str(PORT), "OMP_NUM_THREADS": "1",
                   "SAGEMAKER_MODEL_SERVER_WORKERS": "1"}  # fmt: skip
    script = str(shutil.which(program))
    module = os.environ["SAGEMAKER_TRAINING_MODULE" if program == "train" else "SAGEMAKER_SERVING_MODULE"]
    for heavy in (f"{module.partition('.')[0]}.{program}", *HEAVY[program]):
        importlib.import_module(heavy)
    shutil.rmtree(current, ignore_errors=True)  # the toolkit makes folders when it is imported
    with (folder / "outcomes").open("w") as outcomes:
        for case in sorted((folder / "cases").iterdir()):
            case.rename(current)
            outcome = one(script, program, current)
            current.rename(case)
            print(json.dumps({"case": case.name, **outcome}), file=outcomes, flush=True)


def one(script: str, program: str, folder: Path) -> dict[str, object]:
    """Run the program once; return how it ended."""
    began = time.monotonic()
    pid = os.fork()
    if pid == 0:
        child(script, folder)
    outcome: dict[str, object] = {"hung": False, "answered": False, "status": None}
    stopping = False
    while (ended := os.waitpid(pid, os.WNOHANG))[0] == 0:
        time.sleep(PAUSE_SECONDS)
        seconds = time.monotonic() - began
        if stopping and seconds > KILL_SECONDS:
            outcome["hung"] = True
            os.killpg(pid, signal.SIGKILL)
        elif not stopping and program == "serve" and healthy():
            outcome |= {"answered": True, "status": ask(folder)}
        is_due = seconds > KILL_SECONDS or (program == "train" and worked(pid) > STOP_SECONDS)
        if not stopping and (is_due or outcome["answered"]):
            stopping, began = True, time.monotonic()
            os.kill(pid, signal.SIGTERM)
    return {**outcome, "seconds": time.monotonic() - began, "code": os.waitstatus_to_exitcode(ended[1])}


def worked(pid: int) -> float:
    """Return the processor seconds that a process has used: the machine may be busy with other work."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def child(script: str, folder: Path) -> None:
    """Become the program: its output in a file, its exit code as the interpreter would give it."""
    os.setpgid(0, 0)
    code = 70
    try:
        log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        sys.argv = [script]
        runpy.run_path(script, run_name="__main__")
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:  # noqa: BLE001 (what the interpreter does with one, and what no program may leave)
        sys.excepthook(*sys.exc_info())
        code = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def healthy() -> bool:
    """Whether /ping answers 200."""
    return status("GET", "/ping", None, {}) == 200


def ask(folder: Path) -> int | None:
    """Send the case's request, and return the status of the answer."""
    request = next(folder.glob("request.*"))
    types = {".json": "application/json", ".csv": "text/csv", ".jsonl": "application/jsonlines", ".txt": "text/plain"}
    return status("POST", "/invocations", request.read_bytes(), {"Content-Type": types[request.suffix]})


def status(method: str, path: str, body: bytes | None, headers: dict[str, str]) -> int | None:
    """Return the status of an answer, None without one."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=STOP_SECONDS)
    try:
        connection.request(method, path, body, headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


if __name__ == "__main__":
    main()
