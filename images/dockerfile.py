"""Prints the Dockerfile of one image, for build.sh: `python3 images/dockerfile.py NAME`.

It is images/Dockerfile, with what the image's pyproject.toml adds: its name and description, the repository's own
distributions that it depends on, and of [tool.image] `debian-packages`, a list of what its libraries need of Debian,
`scipy`, which is "sparse" where SciPy's sparse matrices are enough, `gensim`, which is "pairs" where only the word
pairs in its wheel are read, and `environment`, a table of the variables of its containers.
"""

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent


def dockerfile(name: str) -> str:
    """Return the Dockerfile of images/NAME.

    Raises OSError or ValueError for a pyproject.toml that cannot be read, KeyError for what it lacks.
    """
    document = _read(FOLDER / name / "pyproject.toml")
    project, settings = document["project"], document.get("tool", {}).get("image", {})
    wanted = {re.split(r"[^\w.-]", dependency)[0] for dependency in project.get("dependencies", [])}
    ours = wanted & {_read(path)["project"]["name"] for path in FOLDER.parent.glob("*/pyproject.toml")}
    labels = {"title": name, "description": project.get("description", "")}
    return "\n".join(
        [
            f"ARG IMAGE={name}",
            f"ARG PACKAGES={_quoted(' '.join([name, *sorted(ours)]))}",
            f"ARG DEBIAN_PACKAGES={_quoted(' '.join(settings.get('debian-packages', [])))}",
            f"ARG SCIPY={_quoted(settings.get('scipy', 'whole'))}",
            f"ARG GENSIM={_quoted(settings.get('gensim', 'whole'))}",
            (FOLDER / "Dockerfile").read_text("utf-8"),
            *(f"ENV {variable}={_quoted(value)}" for variable, value in settings.get("environment", {}).items()),
            *(f"LABEL org.opencontainers.image.{label}={_quoted(value)}" for label, value in labels.items()),
        ]
    )


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


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
    except KeyError as error:
        sys.exit(f"build.sh: images/{sys.argv[1]}/pyproject.toml has no {error}: add it")
