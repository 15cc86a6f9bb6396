"""JSON objects in files, checksums, and writing that survives a crash."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from textprep import jsonvalue

from smcontract.errors import UserError


def read_object(path: Path) -> dict[str, Any]:
    """Return the JSON object in a UTF-8 file.

    Raises UserError when the file cannot be read, is not JSON, or holds something other than an object.
    """
    try:
        value = jsonvalue.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise UserError(f"{path} is not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise UserError(f"{path} must hold a JSON object, not a {type(value).__name__}")
    return value


def write_object(path: Path, value: Mapping[str, Any]) -> None:
    """Write a JSON object, readable for people, whole or not at all."""
    content = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        temporary.write_bytes(content.encode(errors="backslashreplace"))  # a lone surrogate as JSON escapes it
        sync(temporary)
        temporary.replace(path)
        sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Force one file, or the names in one folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
