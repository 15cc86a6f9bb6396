"""Access keys: the one of a state folder, made at its first start, and those that moto's IAM and STS hand out."""

import datetime
import json
import logging
import os
import re
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from emulator.errors import EmulatorError

FILE = "credentials.json"
_ID = re.compile(r"AKIA[A-Z2-7]{16}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{40}")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Key:
    """An access key; `token` is the session token that comes with a temporary one, which ends at `expires`, in UTC."""

    id: str
    secret: str
    token: str | None = None
    expires: datetime.datetime | None = None

    def __repr__(self) -> str:
        return f"Key({self.id})"


class Keys:
    """The keys with which requests may be signed."""

    def __init__(self, own: Key):
        self._own = own

    def find(self, key_id: str) -> Key | None:
        """Return the key of that id, or None."""
        return self._own if key_id == self._own.id else _find_issued(key_id)


def ensure(state: Path) -> Key:
    """Return the key of a state folder, which is made if it is missing, or if others than its owner could read it.

    The caller holds the folder's lock. Raises EmulatorError for a file that holds something else, OSError when it can
    be neither read nor written.
    """
    path = state / FILE
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), encoding="utf-8") as file:  # noqa: PTH123 (no link)
            about = os.fstat(file.fileno())
            if about.st_uid == os.geteuid() and not stat.S_IMODE(about.st_mode) & 0o077:
                return _parse(file.read(), path)
            log.warning("%s was readable or writable by others: replacing it with a new key", path)
    except FileNotFoundError:
        pass
    return _make(path)


def _parse(text: str, path: Path) -> Key:
    try:
        written = json.loads(text)
        key = Key(written["access_key_id"], written["secret_access_key"])
        if _ID.fullmatch(key.id) and _SECRET.fullmatch(key.secret):
            return key
    except (ValueError, TypeError, KeyError):
        pass
    raise EmulatorError(f"{path} does not hold an access key: remove it, and the next start creates a new one")


def _make(path: Path) -> Key:
    """Make a key. It is there whole or not at all, and was never readable by others."""
    key = Key("AKIA" + "".join(secrets.choice(_LETTERS) for _ in range(16)), secrets.token_urlsafe(30))
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump({"access_key_id": key.id, "secret_access_key": key.secret}, file, indent=1)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return key


def _find_issued(key_id: str) -> Key | None:
    """Return a key that IAM's CreateAccessKey or STS's AssumeRole has handed out, and that may still be used.

    Other threads may be changing moto's records, so each is copied before it is walked through.
    """
    for account in list(sts_backends.values()):
        for sts in list(account.values()):
            for role in list(sts.assumed_roles):
                if role.access_key_id == key_id:
                    expires = role.expiration.replace(tzinfo=datetime.UTC)  # moto has UTC without saying so
                    return Key(key_id, role.secret_access_key, role.session_token, expires)
    for account in list(iam_backends.values()):
        for iam in list(account.values()):
            for user in list(iam.users.values()):
                for key in list(user.access_keys):
                    if key.access_key_id == key_id and key.status == "Active":
                        return Key(key_id, key.secret_access_key)
    return None
