"""Drives wrk, the HTTP load generator (github.com/wg/wrk): keep-alive connections, each sending as soon as answered."""

import json
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

# Requests are formatted once, before the clock runs, so that wrk itself takes little of the processors it shares.
SCRIPT = """
local requests, next_one = {}, 0
function init(arguments)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "TYPE"
  for line in io.lines("BODIES") do requests[#requests + 1] = wrk.format(nil, nil, nil, line) end
end
function request()
  next_one = next_one % #requests + 1
  return requests[next_one]
end
function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout + errors.status
  io.write(string.format('\\n{"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "errors": %d}\\n', summary.requests,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, failed))
end
"""

TURN_SECONDS = 0.25


class Load(NamedTuple):
    """What wrk measured; latencies in milliseconds."""

    requests_per_second: float
    p50: float
    p99: float
    errors: int


def installed() -> bool:
    """Whether there is a wrk on PATH."""
    return shutil.which("wrk") is not None


def run(
    url: str, bodies: Sequence[str], connections: int, seconds: int, content_type: str = "application/json"
) -> Load:
    """POST the bodies, in turn, to the URL; every body is one line."""
    with _script(bodies, content_type) as options:
        command = [*options, f"-c{connections}", f"-d{seconds}s", url]
        measured = _measured(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return Load(measured["requests"] / measured["seconds"], measured["p50"], measured["p99"], measured["errors"])


def in_turns(urls: Sequence[str], bodies: Sequence[str], connections: int, seconds: int) -> list[float]:
    """Load several servers in turns of a quarter of a second, each for `seconds` in all; return their requests/s.

    Each keeps the connections that it opened first. A machine that is slower for some seconds slows all of them.
    """
    turns = round(seconds / TURN_SECONDS)
    with _script(bodies, "application/json") as options:
        loads: list[subprocess.Popen[str]] = []
        active = [0.0] * len(urls)
        try:
            for turn in range(turns):
                for number, url in enumerate(urls):
                    began = time.perf_counter()
                    if number == len(loads):
                        command = [*options, f"-c{connections}", f"-d{60 + 2 * len(urls) * seconds}s", url]
                        loads.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
                    loads[number].send_signal(signal.SIGCONT)
                    time.sleep(TURN_SECONDS)
                    # At the end wrk prints what it has counted. One that has just been woken would not hear of it.
                    loads[number].send_signal(signal.SIGSTOP if turn < turns - 1 else signal.SIGINT)
                    active[number] += time.perf_counter() - began
            printed = [load.communicate()[0] for load in loads]
        finally:
            for load in loads:
                load.kill()
    return [_measured(text)["requests"] / seconds for text, seconds in zip(printed, active, strict=True)]


@contextmanager
def _script(bodies: Sequence[str], content_type: str) -> Iterator[list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        lines, script = Path(folder) / "bodies", Path(folder) / "load.lua"
        lines.write_text("\n".join(bodies) + "\n", encoding="utf-8")
        script.write_text(SCRIPT.replace("BODIES", str(lines)).replace("TYPE", content_type))
        yield ["wrk", "-t1", "--timeout", "30s", "--script", str(script)]


def _measured(printed: str) -> dict[str, Any]:
    measured: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return measured
