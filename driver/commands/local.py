"""`local`: starts, ends and shows the emulator on this machine. Other commands start it by themselves."""

import argparse
from pathlib import Path

from driver import local
from driver.options import add_command, add_json, output

DESCRIPTION = """\
The emulator answers SageMaker's calls on this machine, and really runs the images. Other commands start it when they
need it; the AWS CLI and boto3 find it by AWS_ENDPOINT_URL.

  ./launch.py local up
  export AWS_ENDPOINT_URL=http://127.0.0.1:4580
  aws sagemaker list-training-jobs
  ./launch.py local down"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `local up`, `down`, `status` and `logs`."""
    about = "start, end or show the emulator: SageMaker on this machine"
    command = add_command(commands, "local", "ACTION ", about, DESCRIPTION)
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION", title="actions")
    up = actions.add_parser("up", help="start it, unless it runs")
    up.add_argument("--port", type=_port, help=f"where it listens, 0 for a free port (default: {local.PORT})")
    up.add_argument("--engine", choices=["docker", "process"],
                    help="what runs the images: containers, or processes (default: docker if it is there)")  # fmt: skip
    down = actions.add_parser("down", help="end it; its records and objects stay")
    status = actions.add_parser("status", help="say whether it runs, and where; exit code 1 when it does not")
    logs = actions.add_parser("logs", help="print what it has logged")
    logs.add_argument("--follow", action="store_true", help="go on with what it logs from now on, until Ctrl-C")
    for parser, run in ((up, _up), (down, _down), (status, _status), (logs, _logs)):
        parser.add_argument("--state", type=Path, metavar="DIR",
                            help="its records and objects (default: $LAUNCH_STATE, else run/local)")  # fmt: skip
        parser.set_defaults(run=run)
    for parser in (up, down, status):
        add_json(parser)


def _up(options: argparse.Namespace) -> int:
    state = local.folder(options.state)
    local.ensure_up(state, options.port, options.engine, output(options).say)
    return _status(options)


def _down(options: argparse.Namespace) -> int:
    state = local.folder(options.state)
    was_running = local.down(state)
    line = f"The emulator of {state} " + ("has ended" if was_running else "does not run")
    output(options).result({"was_running": was_running, "state": str(state)}, [line])
    return 0


def _status(options: argparse.Namespace) -> int:
    state = local.folder(options.state)
    status = local.running(state)
    if status is None:
        facts = {"is_running": False, "endpoint_url": None, "state": str(state)}
        output(options).result(facts, [f"The emulator of {state} does not run"])
        return 1
    url = status["endpoint_url"]
    jobs = [f"{count} {kind}" for kind, count in status["running"].items() if count]
    output(options).result(
        {"is_running": True, **status},
        [
            f"The emulator listens at {url}",
            f"  engine   {status['engine']}",
            f"  state    {state}",
            f"  running  {', '.join(jobs) or 'nothing'}",
            f"The AWS CLI and boto3 find it with: export AWS_ENDPOINT_URL={url}",
        ],
    )
    return 0


def _logs(options: argparse.Namespace) -> int:
    for line in local.follow(local.folder(options.state), options.follow):
        print(line, flush=True)
    return 0


def _port(text: str) -> int:
    if not (text.isdecimal() and int(text) < 65_536):
        raise argparse.ArgumentTypeError(f"{text} is no port: give a number from 0 to 65535")
    return int(text)
