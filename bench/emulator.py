"""What the emulator costs: `python -m bench.emulator`. Fails when a requirement is missed.

For each engine, with an image and its own sample: a training and a transform job through the API, beside the same
container started by hand; InvokeEndpoint beside the container itself, one request after the other; and 8 callers at
once, without retries, while the endpoint is updated again and again.
"""

import argparse
import sys
from collections.abc import Sequence

from bench import report
from bench.emulated import CALLERS, running
from bench.emulated_calls import Latency, Load, at, invoke, load
from bench.emulated_jobs import Job, train, transform
from emulator.engines import docker

OVERHEAD_SECONDS = {"process": 3.0, "docker": 6.0}  # required of a training job
ADDED_MILLISECONDS = 5.0  # required of InvokeEndpoint, at the median


def main() -> int:
    """Measure and print; return 1 if a requirement is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image", default="xgboost-sentiment", help="whose sample is used (default: %(default)s)")
    parser.add_argument("--engine", choices=list(OVERHEAD_SECONDS), help="only this one (default: all that can run it)")
    parser.add_argument("--seconds", type=int, default=60, help="for the callers at once (default: %(default)s)")
    arguments = parser.parse_args()
    jobs: list[Job] = []
    latencies: list[Latency] = []
    loads: list[Load] = []
    for name in [arguments.engine] if arguments.engine else there(arguments.image):
        with running(name, arguments.image) as emulator:
            jobs += [train(emulator), transform(emulator)]
            latencies += invoke(emulator)
            loads.append(load(emulator, arguments.seconds))
    print(f"{report.machine()}, {arguments.image}\n")
    print("\n\n".join(tables(jobs, latencies, loads)))
    problems = missed(jobs, latencies, loads)
    print("\n" + ("\n".join(problems) or "All requirements are met."))
    return len(problems) > 0


def there(image: str) -> list[str]:
    """The engines of this machine that can run an image."""
    return ["process", *(["docker"] if docker.answers() and docker.built(f"{image}:dev") else [])]


def tables(jobs: Sequence[Job], latencies: Sequence[Latency], loads: Sequence[Load]) -> list[str]:
    """The measurements in three tables."""
    costs = [
        {
            "engine": job.engine,
            "job": job.kind,
            "through the API, s": job.whole,
            "container by hand, s": job.container,
            "overhead, s": job.whole - job.container,
        }
        for job in jobs
    ]
    ways = [
        {"engine": each.engine, "one request to": each.way, "p50, ms": each.p50, "p99, ms": each.p99}
        for each in latencies
    ]
    many = [
        {
            "engine": each.engine,
            "callers": CALLERS,
            "seconds": round(each.seconds),
            "updates": each.updates,
            "requests": len(each.milliseconds),
            "lost": len(each.errors),
            "p50, ms": at(sorted(each.milliseconds), 0.5),
            "p99, ms": at(sorted(each.milliseconds), 0.99),
        }
        for each in loads
    ]
    return [report.table(rows) for rows in (costs, ways, many)]


def missed(jobs: Sequence[Job], latencies: Sequence[Latency], loads: Sequence[Load]) -> list[str]:
    """The requirements that are not met, in words."""
    problems = []
    for job in jobs:
        overhead = job.whole - job.container
        if overhead >= OVERHEAD_SECONDS[job.engine]:
            problems.append(f"a {job.kind} job with {job.engine} costs {overhead:.1f} s more than its container")
    for direct in latencies:
        for each in latencies:
            added = each.p50 - direct.p50
            if direct.way == "container" and each.engine == direct.engine and added >= ADDED_MILLISECONDS:
                problems.append(f"{each.way} with {each.engine} adds {added:.1f} ms at the median")
    for many in loads:
        if many.errors:
            problems.append(f"{len(many.errors)} requests with {many.engine} were lost, the first: {many.errors[0]}")
    return problems


if __name__ == "__main__":
    sys.exit(main())
