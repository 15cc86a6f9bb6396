"""Mixed load on a server whose workers are killed: `python -m bench.soak --minutes 30`.

Clients send reviews one at a time and by the hundred, as JSON, CSV and JSON Lines, explained or not, and requests that
are refused, while every ten seconds a worker gets SIGKILL. Each answer is compared with that of the calm before.
Fails when one differs, or when the server's memory grows; a connection that broke with its worker is opened again.
"""

import argparse
import http.client
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench import report, serving
from bench.workloads import WORKLOADS, bodies

IMAGE = "xgboost-sentiment"
CLIENTS, PAUSE_SECONDS = 8, 0.02  # after each answer: this is about endurance, not speed
KILL_SECONDS = 10
GROWTH = 1.1  # of the memory, at most, from the second minute to the last


class Sent(NamedTuple):
    """A request; `answer` is the status and the body that are expected, without the id of the request."""

    method: str
    path: str
    content_type: str
    body: bytes
    answer: tuple[int, object] | None = None


def main() -> int:
    """Load, kill, compare; return 1 if something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=int, default=30, help="how long (default: 30)")
    parser.add_argument("--model", type=Path, help="model.tar.gz of reviews (default: train one)")
    parser.add_argument("--data", type=Path, default=serving.DATA, help="folder with the demo's packages of data")
    parser.set_defaults(image=IMAGE, engine="process", url=None)
    arguments = parser.parse_args()
    workload = WORKLOADS[IMAGE]
    with tempfile.TemporaryDirectory() as folder:
        texts = workload.read(arguments.data, Path(folder, "train"))
        with serving.server(arguments, workload, Path(folder)) as (found, _):
            calm = http.client.HTTPConnection(*found.address)
            sent = [one._replace(answer=ask(calm, one)) for one in requests(texts)]
            calm.close()
            counts, megabytes = endure(found.address, sent, arguments.minutes)
    rows = [{"minute": minute, "the server's memory, MB": round(size)} for minute, size in enumerate(megabytes, 1)]
    print(f"{report.machine()}\n\n{report.table(rows)}\n")
    print(", ".join(f"{number:,} {what}" for what, number in sorted(counts.items())))
    is_flat = len(megabytes) < 2 or megabytes[-1] <= GROWTH * megabytes[1]
    print("All is well." if is_flat and not counts["wrong"] else "Answers were wrong, or memory grew.")
    return bool(counts["wrong"]) or not is_flat


def requests(texts: Sequence[str]) -> list[Sent]:
    """All kinds of requests, each several times with other texts."""
    found = [Sent("GET", "/ping", "text/plain", b"")] * 20
    for number, text in enumerate(texts[:200]):
        instances = {"instances": [text], "explain": number % 2 == 0}
        found.append(Sent("POST", "/invocations", "application/json", json.dumps(instances).encode()))
        found.append(Sent("POST", "/invocations", "text/plain", text.encode()))
        found.append(Sent("POST", "/invocations", "application/jsonlines", json.dumps({"text": text}).encode() + b"\n"))
    for many in bodies(texts, 100)[:5]:
        found.append(Sent("POST", "/invocations", "application/json", json.dumps({"instances": many}).encode()))
    for bad in (b"{", b'{"instances": []}', b'{"instances": [5]}', b"\xff\xfe", b""):
        found.append(Sent("POST", "/invocations", "application/json", bad))
    found += [Sent("POST", "/invocations", "image/png", b"x"), Sent("GET", "/models", "text/plain", b"")]
    return found


def ask(connection: http.client.HTTPConnection, sent: Sent) -> tuple[int, object]:
    """Send it; return the status and the body, without what no two answers share."""
    connection.request(sent.method, sent.path, sent.body, {"Content-Type": sent.content_type})
    answer = connection.getresponse()
    body = answer.read()
    return answer.status, json.loads(body)["error"] if answer.status >= 400 else body


def endure(address: tuple[str, int], sent: Sequence[Sent], minutes: int) -> tuple[Counter[str], list[float]]:
    """Return what happened, and the memory of the server at the end of each minute."""
    counts, over = Counter({"wrong": 0}), threading.Event()
    clients = [threading.Thread(target=client, args=(address, sent, number, over, counts)) for number in range(CLIENTS)]
    for each in clients:
        each.start()
    megabytes = []
    for second in range(KILL_SECONDS, minutes * 60 + 1, KILL_SECONDS):
        time.sleep(KILL_SECONDS)
        if second % 60 == 0:
            megabytes.append(sum(report.resident(pid) for pid in set(map(parent, workers()))) / 1e6)
        os.kill(random.choice(workers()), signal.SIGKILL)
        counts["workers killed"] += 1
    over.set()
    for each in clients:
        each.join()
    return counts, megabytes


def client(
    address: tuple[str, int], sent: Sequence[Sent], seed: int, over: threading.Event, counts: Counter[str]
) -> None:
    """Ask until it is over, on one connection as long as it holds."""
    chooser, connection = random.Random(seed), http.client.HTTPConnection(*address, timeout=60)
    while not over.wait(PAUSE_SECONDS):
        one = chooser.choice(sent)
        try:
            answer = ask(connection, one)
        except (OSError, http.client.HTTPException):
            connection.close()
            counts["connections cut"] += 1
            continue
        counts["answers"] += 1
        if answer != one.answer:
            counts["wrong"] += 1
            print(f"{one.method} {one.path} {one.body[:80]!r}: {answer}, not {one.answer}", file=sys.stderr)
    connection.close()


def workers() -> list[int]:
    """The workers of the server: the descendants of this process that have no children, and a parent that serves."""
    return [pid for pid in descendants(os.getpid()) if not children(pid) and b"serve" in command(parent(pid))]


def descendants(pid: int) -> list[int]:
    """All processes that stem from this one."""
    return [each for child in children(pid) for each in (child, *descendants(child))]


def children(pid: int) -> list[int]:
    """The processes that this one has started, none if it has ended."""
    try:
        found = [file.read_text() for file in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return []
    return [int(child) for child in " ".join(found).split()]


def parent(pid: int) -> int:
    """The process that has started this one; 0 if it has ended."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def command(pid: int) -> bytes:
    """The command line of a process; empty if it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


if __name__ == "__main__":
    sys.exit(main())
