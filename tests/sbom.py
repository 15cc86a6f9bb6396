"""Reads SBOMs: validated against CycloneDX's schema by its own library, then what they name."""

import json
import re
from pathlib import Path
from urllib.parse import unquote

from cyclonedx.schema import SchemaVersion
from packaging.markers import Marker

_PIN = re.compile(r"^([a-z0-9.-]+)==(\S+)(?: ; (.+))? \\$", re.MULTILINE)


def read(path: Path) -> dict:
    """Return the document, which is valid."""
    from cyclonedx.validation.json import JsonStrictValidator  # 2 s: not for the collection of tests

    text = path.read_text()
    document = json.loads(text)
    version = SchemaVersion.from_version(document["specVersion"])
    assert JsonStrictValidator(version).validate_str(text) is None
    return document


def packages(document: dict, kind: str) -> set[tuple[str, str]]:
    """Name and version of every component that `kind` begins the purl of, such as `pkg:pypi/`; sources are left out."""
    purls = [component["purl"] for component in document["components"]]
    return {
        tuple(unquote(purl.removeprefix(kind).partition("?")[0]).rsplit("@", 1))
        for purl in purls
        if purl.startswith(kind) and "arch=source" not in purl
    }


def pins(lock: Path) -> set[tuple[str, str]]:
    """Name and version of everything in a lock file that an image takes: the lock has other Pythons and systems too."""
    return {
        (name, version)
        for name, version, marker in _PIN.findall(lock.read_text())
        if not marker or Marker(marker).evaluate({"python_full_version": "3.13.5", "sys_platform": "linux"})
    }
