"""Amazon's command line without its start: a server imports it once, and every command is a fork of that server.

`python -m tests.aws_program SOCKET` is that server. It takes arguments, environment, folder and streams from the small
program that `running` puts into a folder for the PATH, and gives it the exit code.
"""

import gc
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REAL = Path(sys.executable).with_name("aws")
CLIENT = """\
#!{python} -IS
import json, os, socket, sys

with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    socket.send_fds(server, [b"!"], [0, 1, 2])
    server.sendall(json.dumps([sys.argv[1:], dict(os.environ), os.getcwd()]).encode())
    server.shutdown(socket.SHUT_WR)
    sys.exit(server.recv(1)[0])
"""


@contextmanager
def running(folder: Path) -> Iterator[Path]:
    """Start the server, with its socket in the folder; yields a folder that holds the program `aws`."""
    address, programs = folder / "socket", folder / "bin"
    programs.mkdir()
    (programs / "aws").write_text(CLIENT.format(python=sys.executable, address=str(address)))
    (programs / "aws").chmod(0o755)
    command = [sys.executable, "-m", "tests.aws_program", address]
    with subprocess.Popen(
        command, cwd=Path(__file__).parents[1], env={"HOME": str(folder)}, stdout=subprocess.PIPE
    ) as server:
        assert server.stdout
        assert server.stdout.readline() == b"listening\n"
        yield programs
        server.terminate()


def serve(address: str) -> None:
    """Take one command after the other, until the process is ended."""
    import awscli.clidriver  # here alone: who imports `running` has no need of it

    awscli.clidriver.create_clidriver()  # imports its plugins
    gc.freeze()  # a collection in a fork would copy all that memory
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        sys.stdout.write("listening\n")
        sys.stdout.flush()
        while True:
            client, _ = listening.accept()
            with client:
                if not (child := os.fork()):
                    _become(client)
                    sys.exit(awscli.clidriver.main())
                _, status = os.waitpid(child, 0)
                client.send(bytes([os.waitstatus_to_exitcode(status) % 256]))


def _become(client: socket.socket) -> None:
    """Take over what makes a process the client's own."""
    _, streams, *_ = socket.recv_fds(client, 1, 3)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    with client.makefile() as said:
        arguments, environment, folder = json.load(said)
    sys.argv[1:] = arguments
    own = {"AWS_DATA_PATH": os.environ["AWS_DATA_PATH"]}  # awscli has set it when it was imported
    os.environ.clear()
    os.environ.update(environment | own)
    os.chdir(folder)


if __name__ == "__main__":
    serve(sys.argv[1])
