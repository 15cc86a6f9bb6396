"""Makes a new image, a copy of images/image-template under its own name, for `make image`: images/new.py NAME."""

import keyword
import re
import shutil
import sys
from pathlib import Path

IMAGES = Path(__file__).resolve().parent
TEMPLATE = "image-template"
OWN = frozenset(
    {"bench", "docs", "driver", "emulator", "examples", "images", "shared", "smcontract", "tests", "textprep"}
)
LOCKS = ("*/requirements.lock", "../tests/*.lock", "../driver/launch.lock")

NEXT = """\
images/{name} is an image that trains and serves. Next:
  make test PYTEST=images/{name}    its tests, after the linters (the first run renews .venvs/dev, in about a minute)
  ./launch.py train {name}          a training job on its sample, on this machine
  ./build.sh {name} --check         the image itself, where there is a container engine
docs/adding-an-image.md says what each of its files is for.
"""


def check(name: str) -> None:
    """Raise ValueError, saying why, for a name that an image cannot have."""
    package = package_of(name)
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) or len(name) > 40:
        raise ValueError("a name is at most 40 lower-case letters, digits and single dashes, a letter first")
    locks = [path.read_text("utf-8") for pattern in LOCKS for path in IMAGES.glob(pattern)]
    installed = {pin for lock in locks for pin in re.findall("^([^ =]+)==", lock, re.MULTILINE)}
    if name in installed or package in OWN | sys.stdlib_module_names or keyword.iskeyword(package):
        raise ValueError(f"its Python package would be called {package}, which is the name of something else")
    if (IMAGES / name).exists():
        raise ValueError(f"images/{name} is there already")


def package_of(name: str) -> str:
    """Return the name of an image's Python package.

    Example:
        >>> package_of("my-model")
        'my_model'
    """
    return name.replace("-", "_")


def copy(name: str) -> None:
    """Copy the template; in what it holds its name becomes the new one."""
    new = IMAGES / name
    left_out = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
    shutil.copytree(IMAGES / TEMPLATE, new, ignore=left_out)
    (new / package_of(TEMPLATE)).rename(new / package_of(name))
    for path in (path for path in new.rglob("*") if path.is_file()):
        text = path.read_text("utf-8")
        path.write_text(text.replace(TEMPLATE, name).replace(package_of(TEMPLATE), package_of(name)), "utf-8")


def main(arguments: list[str]) -> int | str:
    """Make the image; return what `sys.exit` takes."""
    name = "".join(arguments)
    if not name:
        return "The new image needs a name: make image NAME=my-model"
    try:
        check(name)
        copy(name)
    except (ValueError, OSError) as error:
        return f"There will be no image {name!a}: {error}"
    sys.stdout.write(NEXT.format(name=name))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
