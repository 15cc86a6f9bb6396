"""The result of one check."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """NOTE is worth knowing; MISSING is in the way of what was asked for."""

    OK = "ok"
    NOTE = "note"
    MISSING = "missing"


@dataclass(frozen=True)
class Check:
    """What was looked at, how it is, and what was found, with what to do where that is not good."""

    name: str
    status: Status
    found: str


def ok(name: str, found: str) -> Check:
    """Return a check that found all well."""
    return Check(name, Status.OK, found)


def note(name: str, found: str) -> Check:
    """Return a check that found something worth knowing."""
    return Check(name, Status.NOTE, found)


def missing(name: str, found: str) -> Check:
    """Return a check that found something in the way."""
    return Check(name, Status.MISSING, found)
