#!/usr/bin/env python3
"""The driver's command line: trains, tunes, deploys and transforms on AWS, or without an account on this machine.

Any Python from 3.11 on can run it. What it needs is installed into .venvs/launch at its first run, and it continues
there; nothing else of the machine is changed.
"""

from __future__ import annotations  # so that older Pythons reach the version message

import gc
import os
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent


def main() -> int | str:
    """Run the command that the arguments name, in .venvs/launch. Returns what `sys.exit` takes."""
    if sys.version_info < (3, 11):  # noqa: UP036
        return f"launch.py needs Python 3.11 or newer, not {sys.version.split()[0]}: run it as python3.11 launch.py"
    from driver import console
    from emulator.engines.virtualenv import VirtualEnvironment
    from emulator.errors import EngineError

    console.install()
    images = [path.parent.relative_to(REPOSITORY) for path in sorted(REPOSITORY.glob("images/*/pyproject.toml"))]
    environment = VirtualEnvironment(REPOSITORY, "launch", Path("driver/launch.lock"), [Path("shared"), *images])
    if Path(sys.prefix).resolve() != environment.folder:
        try:
            python = str(environment.ensure(lambda line: print(line, file=sys.stderr)) / "python")
        except EngineError as error:
            return f"launch.py: {error}"
        except KeyboardInterrupt:
            return 130
        os.execv(python, [python, str(REPOSITORY / "launch.py"), *sys.argv[1:]])  # the same process: signals, exit code
    gc.set_threshold(200_000)  # a command is short: collections would look at what it imports, and find nothing
    from driver import cli

    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
