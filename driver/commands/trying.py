"""`launch.py try`: a page in the browser on which an endpoint is tried."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from driver.aws import resources
from driver.aws.target import Target
from driver.commandline import flags
from driver.errors import DriverError
from driver.output import Output
from driver.requests import names
from driver.trying import server

DESCRIPTION = """\
Serves a page on this machine, for your browser alone, on which you try an endpoint: write a text and see label,
probabilities and the words that make them, as you type; drop a file of texts; look for neighbours of words among
vectors. Two endpoints are compared. Every request that the page makes is one to the endpoint.

  ./launch.py try reviews
  ./launch.py try reviews reviews-new --open
  ./launch.py try reviews --aws"""

MOST = 2


@dataclass(frozen=True, kw_only=True)
class _Options(flags.TargetOptions):
    endpoints: Sequence[str]
    port: int
    open: bool


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    command = flags.add_command(commands, "try", "ENDPOINT [ENDPOINT] ", "try an endpoint in the browser", DESCRIPTION)
    command.add_argument("endpoints", nargs="+", metavar="ENDPOINT", help="name of the endpoint; a second is compared")
    add_page(command)
    flags.add_target(command)
    flags.set_run(command, run, _Options)


def add_page(command: argparse.ArgumentParser) -> None:
    """Add where the page is served."""
    command.add_argument("--port", type=flags.port, default=0, help="port of the page (default: any free one)")
    command.add_argument("--open", action="store_true", help="open the page in the browser")


def run(options: _Options) -> int:
    """Run the command until Ctrl-C; return its exit code. Raises DriverError."""
    if len(options.endpoints) > MOST:
        raise DriverError(f"{len(options.endpoints)} endpoints were given: the page compares {MOST}")
    names.check_given(*((name, "endpoint") for name in options.endpoints))
    output = Output(options.json)
    target = flags.connect(options, output)
    for name in options.endpoints:
        _check(target, name)
    server.run(target, list(options.endpoints), "/", options.port, options.open, output)
    return 0


def _check(target: Target, name: str) -> None:
    """Raise DriverError for an endpoint that would not answer."""
    _, description = resources.describe_one(target, name, [resources.ENDPOINT])
    if (status := description["EndpointStatus"]) not in ("InService", "Updating"):
        raise DriverError(
            f"the endpoint {name} is {status} and answers only once it is InService: `./launch.py describe {name} "
            f"--kind endpoint{target.flags}` shows why"
        )
