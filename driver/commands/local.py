"""`local`: starts, ends and shows the emulator on this machine. Other commands start it by themselves."""

import argparse
import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from driver import emulator
from driver.aws import keys
from driver.aws.target import LOCAL_REGION
from driver.commandline.flags import Options, OutputOptions, add_command, add_json, set_run
from driver.errors import DriverError
from driver.output import Output

DESCRIPTION = """\
The emulator answers SageMaker's calls on this machine, and really runs the images. Other commands start it when they
need it; the AWS CLI and boto3 find it, and its access key, by what `env` prints.

  ./launch.py local up
  eval "$(./launch.py local env)"
  aws sagemaker list-training-jobs
  ./launch.py local down"""

OPEN = "IT IS OPEN: ANY CREDENTIALS ARE TAKEN, SO EVERY USER OF THIS MACHINE CAN RUN COMMANDS AS YOU"

IN_THE_WAY = (
    "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
)  # fmt: skip
"""Variables by which AWS's tools would not take the key, or not the address."""

_OF_A_SERVICE = re.compile("AWS_ENDPOINT_URL_[A-Z0-9_]+")


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


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `local up`, `down`, `status`, `env` and `logs`."""
    about = "start, end or show the emulator: SageMaker on this machine"
    command = add_command(commands, "local", "ACTION ", about, DESCRIPTION)
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION", title="actions")
    up = actions.add_parser("up", help="start it, unless it runs")
    up.add_argument("--port", type=_port, help=f"where it listens, 0 for a free port (default: {emulator.PORT})")
    up.add_argument("--engine", choices=["docker", "process"],
                    help="what runs the images: containers, or processes (default: docker if it is there)")  # fmt: skip
    up.add_argument("--open", action="store_true", help="take any credentials, so that every user of this machine can "
                    "run commands as you; web pages still cannot")  # fmt: skip
    down = actions.add_parser("down", help="end it; its records and objects stay")
    status = actions.add_parser("status", help="say whether it runs, and where; exit code 1 when it does not")
    env = actions.add_parser("env", help="print the exports by which AWS's tools find it, for eval; it has to run")
    env.add_argument("--powershell", action="store_true", help="for PowerShell: pipe it into Out-String | iex")
    logs = actions.add_parser("logs", help="print what it has logged")
    logs.add_argument("--follow", action="store_true", help="go on with what it logs from now on, until Ctrl-C")
    for parser in (up, down, status, env, logs):
        parser.add_argument("--state", type=Path, metavar="DIR",
                            help="its records and objects (default: $LAUNCH_STATE, else run/local)")  # fmt: skip
    for parser in (up, down, status, env):
        add_json(parser)
    set_run(up, _up, _UpOptions)
    set_run(down, _down, _StatusOptions)
    set_run(status, _status, _StatusOptions)
    set_run(env, _env, _EnvOptions)
    set_run(logs, _logs, _LogsOptions)


def _up(options: _UpOptions) -> int:
    state = emulator.folder(options.state)
    emulator.ensure_up(state, options.port, options.engine, Output(options.json).say, options.open)
    return _status(options)


def _down(options: _StatusOptions) -> int:
    state = emulator.folder(options.state)
    was_running = emulator.down(state)
    line = f"The emulator of {state} " + ("has ended" if was_running else "does not run")
    Output(options.json).result({"was_running": was_running, "state": str(state)}, [line])
    return 0


def _status(options: _StatusOptions) -> int:
    state = emulator.folder(options.state)
    status = emulator.read_status(state)
    if status is None:
        facts = {"is_running": False, "endpoint_url": None, "state": str(state)}
        Output(options.json).result(facts, [f"The emulator of {state} does not run"])
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
            f'The AWS CLI and boto3 find it with: eval "$({emulator.command("env", options.state)})"',
        ],
    )
    return 0


def _env(options: _EnvOptions) -> int:
    """The key is in the result, so it is printed nowhere else."""
    state = emulator.folder(options.state)
    status = emulator.read_status(state)
    if status is None:
        up = emulator.command("up", options.state)
        raise DriverError(f"the emulator of {state} does not run: start it with `{up}`, and ask again")
    key = keys.read(state)
    found: dict[str, str | None] = {
        "AWS_ENDPOINT_URL": str(status["endpoint_url"]),
        "AWS_ACCESS_KEY_ID": key.id,
        "AWS_SECRET_ACCESS_KEY": key.secret,
        "AWS_DEFAULT_REGION": LOCAL_REGION,
        "AWS_REGION": LOCAL_REGION,
    }
    found |= dict.fromkeys(IN_THE_WAY) | dict.fromkeys(name for name in os.environ if _OF_A_SERVICE.fullmatch(name))
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


def _port(text: str) -> int:
    if not (text.isdecimal() and int(text) < 65_536):
        raise argparse.ArgumentTypeError(f"{text} is no port: give a number from 0 to 65535")
    return int(text)
