"""This machine: what runs the emulator's jobs, and what builds images that SageMaker takes."""

import importlib.util
import json
import platform
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from driver import emulator, images
from driver.checks.check import Check, missing, note, ok
from emulator.engines import docker

SECONDS = 20.0
"""For one docker command: an engine that hangs must not hang this."""

ROOM_GB = 5
"""The images, their environments and a few jobs take about so much."""

PLATFORM = "linux/amd64"
"""What SageMaker runs."""

CONTAINERD = "io.containerd.snapshotter.v1"


def checks(state: Path) -> Iterator[Check]:
    """Yield the checks; `state` is the emulator's folder."""
    yield ok("Python", f"{platform.python_version()}, {platform.system()} {platform.machine()}")
    engine = _json("version", "--format", "{{json .Server}}")
    if engine is not None:
        yield from _engine(engine)
    elif shutil.which("docker"):
        done = _docker("version")
        yield note("Docker", f"{docker.explain(done.stderr if done else '')}; until then jobs run as plain processes")
    else:
        yield note(
            "Docker", "the docker command is missing: jobs run as plain processes; to build images, install Docker"
        )
    yield _processes(is_needed=engine is None)
    yield _disk(state)
    status = emulator.read_status(state)
    yield ok("emulator", f"running at {status['endpoint_url']}" if status else "not running; it is started when needed")


def _engine(engine: dict[str, Any]) -> Iterator[Check]:
    runs = f"{engine['Os']}/{engine['Arch']}"
    found = f"engine {engine['Version']} on {runs}"
    if runs == PLATFORM:
        yield ok("Docker", found)
    else:
        yield missing("Docker", f"{found}, but SageMaker runs {PLATFORM}: name such an engine in DOCKER_HOST")
    yield _image_store()
    for name in images.find_own():
        yield _image(name)


def _image_store() -> Check:
    """Which kind of manifest a push would send: SageMaker takes Docker's, and refuses OCI's."""
    builder = "buildx" if _run("buildx", "version") is not None else "the classic builder"
    facts = _json("info", "--format", "{{json .DriverStatus}}") or []
    if any(CONTAINERD in str(value) for _, value in facts):
        found = f"containerd's image store pushes what {builder} made: build with ./build.sh, which makes Docker's type"
        return note("manifests", f"{found}, since SageMaker refuses OCI manifests")
    return ok("manifests", f"{builder}, and an image store that pushes Docker manifests, as SageMaker requires")


def _image(name: str) -> Check:
    facts = _json("image", "inspect", "--format", "{{json .}}", f"{name}:dev")
    if facts is None:
        return note(f"image {name}", f"not built: ./build.sh {name}")
    manifest = (facts.get("Descriptor") or {}).get("mediaType", "")
    if "oci" in manifest:
        return missing(f"image {name}", f"SageMaker refuses its manifest, {manifest}: build it with ./build.sh {name}")
    return ok(f"image {name}", f"{name}:dev, {facts['Size'] / 1e6:.0f} MB")


def _processes(is_needed: bool) -> Check:
    """The process engine makes an environment for each image; one package of theirs has to be compiled."""
    lacks = [module for module in ("venv", "ensurepip") if importlib.util.find_spec(module) is None]
    lacks += [] if shutil.which("cc") else ["a C compiler"]
    lacks += [] if Path(sysconfig.get_path("include"), "Python.h").exists() else ["Python.h"]
    if not lacks:
        return ok("processes", "images can run as plain processes")
    found = f"images cannot run as plain processes without {', '.join(lacks)}"
    advice = "on Debian: apt-get install gcc python3-dev python3-venv"
    return (missing if is_needed else note)("processes", f"{found} ({advice})")


def _disk(state: Path) -> Check:
    folder = next(path for path in (state, *state.parents) if path.exists())
    free = shutil.disk_usage(folder).free / 1e9
    found = f"{free:.1f} GB free at {folder}"
    if free >= ROOM_GB:
        return ok("disk", found)
    return note("disk", f"{found}, and {ROOM_GB} are recommended: make room, or name another disk with --state")


def _json(*arguments: str) -> Any:
    printed = _run(*arguments)
    return json.loads(printed) if printed else None


def _run(*arguments: str) -> str | None:
    """Return what a docker command prints; None when it fails, hangs or is not there."""
    done = _docker(*arguments)
    return done.stdout if done and done.returncode == 0 else None


def _docker(*arguments: str) -> "subprocess.CompletedProcess[str] | None":
    """Return a docker command that has ended; None when it hangs or is not there."""
    try:
        return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
