"""`python -I -S supervisor.py DESCRIPTOR COMMAND...`: runs a program, and ends with it all that it has started.

The kernel gives this process every orphan below it (PR_SET_CHILD_SUBREAPER), daemons in a session of their own and
without an environment included, so when it has no child left, nothing runs. Its exit code is the program's: 128 + n for
signal n. On standard input the byte T asks to send SIGTERM to the program; the end of the file, which comes too when
the emulator is killed, to kill all. DESCRIPTOR is a pipe that gets the program's number, and errno if it cannot be run.

Linux alone. Needs the standard library alone, and little of it, for it starts with every program: `signal`, `pathlib`
and `contextlib` take as long to import as Python itself.
"""

import _signal as signal  # type: ignore[import-not-found]  # see above
import ctypes
import os
import select
import sys
import time

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h
STANDARD_INPUT = 0
PAUSE_SECONDS = 0.001
REFUSED_SECONDS = 5.0  # how long children are asked that may not be killed, such as programs that change their user


def main() -> int:
    """Run the command to its end; return its exit code."""
    report, *command = sys.argv[1:]
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    program = start(command, int(report))
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, _: send(program, number))
    code = follow(program, woken)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the program's number may soon be another's
    end_all()
    return code


def send(process: int, number: int) -> bool:
    """Send a signal to a process, if it is there and may be sent one."""
    try:
        os.kill(process, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def start(command: list[str], report: int) -> int:
    """Start the program in a session of its own; its number."""
    program = os.fork()
    if program:
        os.close(report)
        return program
    os.write(report, b"%d " % os.getpid())
    try:
        os.setsid()  # signals to its own group do not reach this process
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them, which programs would inherit
            signal.signal(number, signal.SIG_DFL)
        os.umask(0o022)  # as in a container
        os.dup2(os.open(os.devnull, os.O_RDONLY), STANDARD_INPUT)
        os.set_inheritable(report, False)
        os.execvp(command[0], command)  # noqa: S606
    except OSError as error:
        os.write(report, b"%d" % (error.errno or 0))
    finally:
        os._exit(127)


def follow(program: int, woken: int) -> int:
    """Wait until the program has ended, and do what standard input asks; its exit code."""
    while True:
        ready, _, _ = select.select([STANDARD_INPUT, woken], [], [])
        if woken in ready:
            os.read(woken, 1024)
        asked = os.read(STANDARD_INPUT, 1024) if STANDARD_INPUT in ready else None
        code = reap(program)
        if code is not None:
            return code
        if asked:
            send(program, signal.SIGTERM)
        elif asked is not None:
            return exit_code(os.waitpid(program, 0)[1] if send(program, signal.SIGKILL) else signal.SIGKILL)


def reap(program: int) -> int | None:
    """Collect the children that have ended; the program's exit code if it is one of them."""
    code = None
    try:
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            if ended[0] == program:
                code = exit_code(ended[1])
    except ChildProcessError:  # that was the last
        pass
    return code


def exit_code(status: int) -> int:
    """As a shell counts."""
    code = os.waitstatus_to_exitcode(status)
    return 128 - code if code < 0 else code


def end_all() -> None:
    """Kill children until there are none. A killed child's own children become ours, so that none escapes.

    Only children are killed: their numbers cannot be given to another process before they are collected here.
    """
    deadline = time.monotonic() + REFUSED_SECONDS
    while True:
        for child in children():
            if send(child, signal.SIGKILL):
                deadline = time.monotonic() + REFUSED_SECONDS
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        if time.monotonic() > deadline:
            return
        time.sleep(PAUSE_SECONDS)


def children() -> list[int]:
    """The children of this process, those that have ended too."""
    own = os.getpid()
    try:
        return [int(child) for child in read(f"/proc/self/task/{own}/children").split()]
    except FileNotFoundError:  # a kernel without CONFIG_PROC_CHILDREN
        return [int(name) for name in os.listdir("/proc") if name.isdigit() and parent(name) == own]  # noqa: PTH208


def parent(process: str) -> int | None:
    """The parent of a process; None when it has just ended."""
    try:
        return int(read(f"/proc/{process}/stat").rpartition(b")")[2].split()[1])
    except OSError:
        return None


def read(path: str) -> bytes:
    """The content of a file."""
    with open(path, "rb") as file:  # noqa: PTH123 (see above)
        return file.read()


def prctl(option: int, value: int) -> None:
    """Set an attribute of this process. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


if __name__ == "__main__":
    os._exit(main())
