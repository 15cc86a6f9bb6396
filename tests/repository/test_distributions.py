"""What is installed from the repository: every package of a distribution is named in its pyproject.toml."""

import tomllib

import pytest


@pytest.mark.parametrize("folder", ["driver", "shared", "images/*"])
def test_no_package_is_left_out(repository, folder):
    for project in repository.glob(f"{folder}/pyproject.toml"):
        settings = tomllib.loads(project.read_text())["tool"]["setuptools"]
        root = repository if "package-dir" in settings else project.parent
        found = {
            ".".join(path.parent.relative_to(root).parts)
            for path in project.parent.rglob("__init__.py")
            if "build" not in path.relative_to(project.parent).parts
        }
        assert found == set(settings["packages"])
