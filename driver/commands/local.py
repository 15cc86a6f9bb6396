"""`local`: starts, ends and shows the emulator on this machine. Other commands start it by themselves."""

import argparse
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from driver import emulator
from driver.aws import examples, exports, keys
from driver.aws.target import LOCAL_REGION, local_target
from driver.commandline.flags import Options, OutputOptions, add_command, add_json, port, set_run
from driver.commands import trying
from driver.errors import DriverError
from driver.output import Output
from driver.trying import server

DESCRIPTION = """\
The emulator answers SageMaker's API on this machine, and really runs the images. Other commands start it when they need
it. `env` prints the settings by which the AWS CLI and boto3 find it and its access key. `console` serves a page on
which your browser shows its jobs with their logs and curves, endpoints and objects.

  ./launch.py local up
  eval "$(./launch.py local env)"
  aws sagemaker list-training-jobs
  ./launch.py local console --open
  ./launch.py local down"""

OPEN = "WARNING: ANY CREDENTIALS ARE ACCEPTED, SO EVERY USER OF THIS MACHINE CAN RUN COMMANDS AS YOU"


@dataclass(frozen=True, kw_only=True)
class _StatusOptions(OutputOptions):
    state: Path | None


@dataclass(frozen=True, kw_only=True)
class _UpOptions(_StatusOptions):
    port: int | None
    engine: str | None
    open: bool


@dataclass(frozen=True, kw_only=True)
class _EnvOptions(_StatusOptions):
    powershell: bool


@dataclass(frozen=True, kw_only=True)
class _LogsOptions(Options):
    state: Path | None
    follow: bool


@dataclass(frozen=True, kw_only=True)
class _ConsoleOptions(_StatusOptions):
    port: int
    open: bool


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `local up`, `down`, `status`, `env`, `logs` and `console`."""
    about = "start, stop or inspect the emulator: SageMaker on this machine"
    command = add_command(commands, "local", "ACTION ", about, DESCRIPTION)
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION", title="actions")
    up = actions.add_parser("up", help="start the emulator, unless it is running")
    up.add_argument("--port", type=port, help=f"port to listen on, 0 for any free one (default: {emulator.PORT})")
    up.add_argument("--engine", choices=["docker", "process"],
                    help="run images in containers or as plain processes (default: docker if it is "
                         "available)")  # fmt: skip
    up.add_argument("--open", action="store_true", help="accept any credentials, so that every user of this machine "
                    "can run commands as you; web pages still cannot")  # fmt: skip
    down = actions.add_parser("down", help="stop the emulator; its records and objects stay")
    status = actions.add_parser(
        "status", help="show whether the emulator is running, and where; exit code 1 if it is not"
    )
    env = actions.add_parser(
        "env", help="print the settings that AWS's tools need, for eval; the emulator must be running"
    )
    env.add_argument(
        "--powershell", action="store_true", help="print for PowerShell: pipe the output into Out-String | iex"
    )
    logs = actions.add_parser("logs", help="print the emulator's log")
    logs.add_argument("--follow", action="store_true", help="keep printing new lines until Ctrl-C")
    console = actions.add_parser("console", help="serve a page that shows jobs, endpoints and objects, until Ctrl-C")
    trying.add_page(console)
    for parser in (up, down, status, env, logs, console):
        parser.add_argument("--state", type=Path, metavar="DIR",
                            help="folder of the emulator's records and objects (default: $LAUNCH_STATE, else "
                                 "run/local)")  # fmt: skip
    for parser in (up, down, status, env, console):
        add_json(parser)
    set_run(up, _up, _UpOptions)
    set_run(down, _down, _StatusOptions)
    set_run(status, _status, _StatusOptions)
    set_run(env, _env, _EnvOptions)
    set_run(logs, _logs, _LogsOptions)
    set_run(console, _console, _ConsoleOptions)


def _up(options: _UpOptions) -> int:
    state = emulator.folder(options.state)
    emulator.ensure_up(state, options.port, options.engine, Output(options.json).say, options.open)
    return _show(options, [])


def _down(options: _StatusOptions) -> int:
    state = emulator.folder(options.state)
    was_running = emulator.down(state)
    line = f"The emulator of {state} " + ("has ended" if was_running else "is not running")
    Output(options.json).result({"was_running": was_running, "state": str(state)}, [line])
    return 0


def _status(options: _StatusOptions) -> int:
    status = emulator.read_status(emulator.folder(options.state))
    requests = examples.of_emulator(status["endpoint_url"], LOCAL_REGION) if status else []
    return _show(options, ["Then, with curl or from Python:", *requests])


def _show(options: _StatusOptions, more: Sequence[str]) -> int:
    state = emulator.folder(options.state)
    status = emulator.read_status(state)
    if status is None:
        facts = {"is_running": False, "endpoint_url": None, "state": str(state)}
        Output(options.json).result(facts, [f"The emulator of {state} is not running"])
        return 1
    url = status["endpoint_url"]
    jobs = [f"{count} {kind}" for kind, count in status["running"].items() if count]
    Output(options.json).result(
        {"is_running": True, **status},
        [
            f"The emulator listens at {url}",
            f"  engine   {status['engine']}",
            f"  state    {state}",
            f"  running  {', '.join(jobs) or 'nothing'}",
            *([OPEN] if status["open"] else []),
            f"To look into it in the browser: {emulator.command('console', options.state)}",
            f'To point the AWS CLI and boto3 at it: eval "$({emulator.command("env", options.state)})"',
            *more,
        ],
    )
    return 0


def _console(options: _ConsoleOptions) -> int:
    url = _running(options.state)["endpoint_url"]
    key = keys.read(emulator.folder(options.state))
    target = local_target(str(url), None, None, None, key=key)
    server.run(target, [], "/console", options.port, options.open, Output(options.json))
    return 0


def _running(state: Path | None) -> dict[str, Any]:
    """Return the status of the emulator. Raises DriverError when it does not run."""
    status = emulator.read_status(emulator.folder(state))
    if status is None:
        up = emulator.command("up", state)
        raise DriverError(
            f"the emulator of {emulator.folder(state)} is not running: start it with `{up}`, then try again"
        )
    return status


def _env(options: _EnvOptions) -> int:
    """The key is in the result, so it is printed nowhere else."""
    url, key = _running(options.state)["endpoint_url"], keys.read(emulator.folder(options.state))
    found = exports.variables(str(url), key, LOCAL_REGION)
    Output(options.json).result(found, map(_powershell if options.powershell else _shell, found, found.values()))
    return 0


def _shell(name: str, value: str | None) -> str:
    return f"unset {name}" if value is None else f"export {name}={shlex.quote(value)}"


def _powershell(name: str, value: str | None) -> str:
    quoted = "$null" if value is None else "'" + value.replace("'", "''") + "'"
    return f"$Env:{name} = {quoted}"


def _logs(options: _LogsOptions) -> int:
    for line in emulator.follow(emulator.folder(options.state), options.follow):
        print(line, flush=True)
    return 0
