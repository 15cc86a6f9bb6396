"""Where the bytes of the built images are: `python -m bench.image_size`, in MB (10^6 bytes).

Sizes are those of `docker images`: files unpacked, not what a registry transfers.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from bench import report

IMAGES = sorted(path.parent.name for path in Path(__file__).parents[1].glob("images/*/pyproject.toml"))
OURS = ("textprep", "smcontract", *(image.replace("-", "_") for image in IMAGES))
SMALLEST_ROW = 5.0  # MB

# Runs in the image: the bytes of everything in site-packages, under the name before the first dot or dash
# (numpy, numpy.libs and numpy-2.4.6.dist-info are one thing to whoever asks where the bytes are).
MEASURE = """
import collections, json, pathlib, re, sysconfig
sizes = collections.Counter()
packages = pathlib.Path(sysconfig.get_path("purelib"))
for path in packages.rglob("*"):
    if path.is_file():
        sizes[re.split("[.-]", path.relative_to(packages).parts[0])[0]] += path.stat().st_size
print(json.dumps(sizes))
"""


def main() -> int:
    """Print a table for each image."""
    parser = argparse.ArgumentParser(prog="bench.image_size", description="Where the bytes of built images are.")
    tags = [f"{image}:dev" for image in IMAGES]
    parser.add_argument("image", nargs="*", default=tags, help=f"tags (default: {' '.join(tags)})")
    for image in parser.parse_args().image:
        try:
            parts = measure(image)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"{image} cannot be measured: {error}; build it with ./build.sh", file=sys.stderr)
            return 1
        print(report.table([{image: name, "MB": round(size, 1)} for name, size in parts.items()]), end="\n\n")
    return 0


def measure(image: str) -> dict[str, float]:
    """Part of the image -> its size in MB. The parts add up to the last one, the image."""
    total = int(docker("image", "inspect", "--format", "{{.Size}}", image)) / 1e6
    layers = docker("history", "--no-trunc", "--human=false", "--format", "{{.Size}} {{.CreatedBy}}", image)
    python = sum(int(layer.split()[0]) for layer in layers.splitlines() if "apt-get install" in layer) / 1e6
    measured = json.loads(docker("run", "--rm", image, "python", "-c", MEASURE))
    packages = {name: size / 1e6 for name, size in sorted(measured.items(), key=lambda row: -row[1])}
    ours = sum(packages.pop(name, 0) for name in OURS)
    large = {name: size for name, size in packages.items() if size >= SMALLEST_ROW}
    parts = {
        "Debian's packages": python,
        **large,
        f"{len(packages) - len(large)} smaller packages": sum(packages.values()) - sum(large.values()),
        "our code": ours,
    }
    return {"base image": total - sum(parts.values()), **parts, "the image": total}


def docker(*arguments: str) -> str:
    """Return what a docker command prints."""
    return subprocess.run(["docker", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
