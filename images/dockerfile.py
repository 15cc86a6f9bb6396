"""Prints the Dockerfile of one image, for build.sh: `python3 images/dockerfile.py NAME`.

It is images/Dockerfile, with what [tool.image] of the image's pyproject.toml adds: `debian-packages`, a list of what
its libraries need of Debian, and `environment`, a table of the variables of its containers.
"""

import json
import sys
import tomllib
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def dockerfile(name: str) -> str:
    """Return the Dockerfile of images/NAME. Raises OSError or ValueError for a pyproject.toml that cannot be read."""
    document = tomllib.loads((FOLDER / name / "pyproject.toml").read_text("utf-8"))
    settings = document.get("tool", {}).get("image", {})
    labels = {"title": name, "description": document["project"]["description"]}
    return "\n".join(
        [
            f"ARG IMAGE={name}",
            f"ARG DEBIAN_PACKAGES={_quoted(' '.join(settings.get('debian-packages', [])))}",
            (FOLDER / "Dockerfile").read_text("utf-8"),
            *(f"ENV {variable}={_quoted(value)}" for variable, value in settings.get("environment", {}).items()),
            *(f"LABEL org.opencontainers.image.{label}={_quoted(value)}" for label, value in labels.items()),
        ]
    )


def _quoted(value: str) -> str:
    """Return the text as Docker reads it back.

    Example:
        >>> _quoted('a "b" $c')
        '"a \\\\"b\\\\" \\\\$c"'
    """
    return json.dumps(value, ensure_ascii=False).replace("$", "\\$")


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{dockerfile(sys.argv[1])}\n")
    except (OSError, ValueError) as error:
        sys.exit(f"build.sh: images/{sys.argv[1]}/pyproject.toml cannot be used: {error}")
