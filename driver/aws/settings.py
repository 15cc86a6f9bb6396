"""boto3's session of the user's AWS settings. Reads them, and never writes."""

import os
import stat
import sys
from getpass import getpass
from pathlib import Path

import boto3
import botocore.session

from driver.aws import calls
from driver.errors import DriverError

_FILES = (("AWS_CONFIG_FILE", "~/.aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"))


def session(profile: str | None, region: str | None) -> boto3.Session:
    """Return the session. Raises DriverError for settings that cannot be read or do not fit together."""
    if profile or "AWS_ACCESS_KEY_ID" not in os.environ:
        _check_readable()
    with calls.explain_errors("use your AWS settings"):
        core = botocore.session.Session(profile=profile)
        # botocore offers no other way to ask for MFA codes than its own, which reads standard input without a terminal.
        core.get_component("credential_provider").get_provider("assume-role")._prompter = _ask_code
        return boto3.Session(region_name=region, botocore_session=core)


def _check_readable() -> None:
    """botocore takes a file that it cannot open for one that is not there."""
    for variable, default in _FILES:
        path = Path(os.environ.get(variable) or default).expanduser()
        try:
            why = "it is a folder" if stat.S_ISDIR(path.stat().st_mode) else ""
            why = why or ("" if os.access(path, os.R_OK) else "Permission denied")
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            why = str(error.strerror)
        if why:
            raise DriverError(
                f"cannot read your AWS settings in {path}: {why}; make it a file that you can read, or name another "
                f"one in {variable}"
            )


def _ask_code(prompt: str) -> str:
    """Ask on the terminal, which getpass reads even where standard input is a pipe; without one it would wait there."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR))
    except OSError:
        if not sys.stdin.isatty():
            raise DriverError(
                "your profile's role needs an MFA code, but standard input is not a terminal: run this in "
                "one, or export the keys that `aws configure export-credentials --format env` prints"
            ) from None
    return getpass(prompt)
