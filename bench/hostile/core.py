"""Fuzzes the C code of `textprep`: `python -m bench.hostile.core --seconds 60`. Fails with the input that made it fail.

Needs clang with its sanitizers (Debian: `clang` and `libclang-rt-dev`): libFuzzer looks for inputs that reach new
code, AddressSanitizer and UndefinedBehaviorSanitizer watch every access and every calculation.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from html.entities import html5
from pathlib import Path

from textprep import core

SOURCES = Path(__file__).parents[2] / "shared" / "core"
SANITIZERS = "-fsanitize=fuzzer,address,undefined"
LONGEST = 4096  # bytes of an input
SEEDS = (
    "Great!<br />10&nbsp;/&nbsp;10 &amp; <b>FUN</b> <3 the good film, a good film",
    "a<!-- <a --> b>c&#x41;&#0065;&#99999999999;&notit;&CounterClockwiseContourIntegral;",
    "“It’s”… naïve ΟΔΟΣ İstanbul cafe\u0301 최고 😀 \u200d",
)


def main() -> int:
    """Build the fuzzer, run it for the given number of seconds, and return 1 if an input fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="how long to look (default: 60)")
    parser.add_argument("--inputs", type=Path, help="a folder that keeps the inputs found for the next run")
    arguments = parser.parse_args()
    if not shutil.which("clang"):
        print("clang is missing. On Debian: apt-get install clang libclang-rt-dev", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        return fuzz(Path(folder), arguments.inputs or Path(folder, "inputs"), arguments.seconds)


def fuzz(folder: Path, inputs: Path, seconds: int) -> int:
    """Run the fuzzer on its seeds and on what it makes of them; return 0, or another number if an input failed."""
    program = folder / "fuzz"
    flags = ("-g", "-O1", "-std=c11", SANITIZERS, "-fno-sanitize-recover=all")
    subprocess.run(["clang", *flags, SOURCES / "fuzz.c", "-o", program], check=True)
    write_tables(folder / "tables")
    inputs.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS):
        for kind, encoding in enumerate(("latin-1", "utf-16-le", "utf-32-le")):
            content = bytes([kind | 4 * (number & 1)]) + seed.encode(encoding, "replace")
            (inputs / f"seed-{number}-{kind}").write_bytes(content)
    limits = (f"-max_total_time={seconds}", f"-max_len={LONGEST}", "-timeout=10")
    says = ("-verbosity=0", "-print_final_stats=1", f"-artifact_prefix={Path.cwd()}/")
    return subprocess.run(
        [program, *limits, *says, inputs], env={**os.environ, "TABLES": str(folder / "tables")}, check=False
    ).returncode


def write_tables(path: Path) -> None:
    """Write the tables that the extension gets from Python, and the named references as lines."""
    classes, lower, controls = core.tables("!?")
    lines = [f"{name} {ord(meaning[0])} {ord(meaning[1]) if meaning[1:] else 0}\n" for name, meaning in html5.items()]
    path.write_bytes(classes + lower.tobytes() + controls.tobytes() + "".join(lines).encode())


if __name__ == "__main__":
    sys.exit(main())
