"""Drives wrk, the HTTP load generator (github.com/wg/wrk): keep-alive connections, each sending as soon as answered."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

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
    with tempfile.TemporaryDirectory() as folder:
        lines, script = Path(folder) / "bodies", Path(folder) / "load.lua"
        lines.write_text("\n".join(bodies) + "\n", encoding="utf-8")
        script.write_text(SCRIPT.replace("BODIES", str(lines)).replace("TYPE", content_type))
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "--script", str(script), url]
        printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    measured = json.loads(printed.splitlines()[-1])
    return Load(measured["requests"] / measured["seconds"], measured["p50"], measured["p99"], measured["errors"])
