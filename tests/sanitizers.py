"""Builds an extension with AddressSanitizer and UndefinedBehaviorSanitizer, and runs a program that uses it."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

FLAGS = ("-g", "-O1", "-std=c11", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror", "-shared", "-fPIC")
SANITIZE = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer")
SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")


def build(source: Path, folder: Path, name: str, *flags: str) -> None:
    """Compile `source` to the extension `name` in `folder`, with `flags` after those that all have."""
    include = f"-I{sysconfig.get_path('include')}"
    command = ["gcc", *FLAGS, *flags, *SANITIZE, include, source, "-o", folder / f"{name}{SUFFIX}", "-lm"]
    subprocess.run(command, check=True)


def run(program: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a Python program with the sanitizers' libraries."""
    paths = [
        subprocess.run(["gcc", f"-print-file-name={name}"], check=True, capture_output=True, text=True).stdout.strip()
        for name in ("libasan.so", "libubsan.so")
    ]
    # Python never frees some of its own memory, which LeakSanitizer would report.
    options = {"ASAN_OPTIONS": "detect_leaks=0", "PYTHONMALLOC": "malloc", "LD_PRELOAD": " ".join(paths)}
    command = [sys.executable, program, *arguments]
    return subprocess.run(command, env={**os.environ, **options}, capture_output=True, text=True, check=False)
