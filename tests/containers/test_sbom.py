"""The SBOM of each image: it names what is installed in it, neither more nor less."""

import subprocess
from pathlib import Path

import pytest

from emulator.engines.docker import docker
from tests import sbom

pytestmark = pytest.mark.container
IMAGES = Path(__file__).parents[2] / "images"
INSTALLED = """
import re
from importlib.metadata import distributions
for one in distributions():
    print(re.sub("[-_.]+", "-", one.name).lower(), one.version)
"""


def test_it_names_what_the_image_holds(name, image, tmp_path):
    container = docker("create", image).strip()
    try:
        with subprocess.Popen(["docker", "export", container], stdout=subprocess.PIPE) as export:
            subprocess.run([IMAGES / "sbom.sh", name, tmp_path / "out"], stdin=export.stdout, check=True)
    finally:
        docker("rm", container)
    document = sbom.read(tmp_path / "out.cdx.json")

    def inside(*command):
        lines = docker("run", "--rm", "--network", "none", "--entrypoint", "", image, *command).splitlines()
        return {tuple(line.split(" ", 1)) for line in lines}

    assert sbom.packages(document, "pkg:deb/debian/") == inside("dpkg-query", "-W", "-f", "${Package} ${Version}\n")
    ours = {("sagemaker-text", "0.1.0"), ("sagemaker-text-driver", "0.1.0"), (name, "0.1.0")}
    installed = inside("python", "-c", INSTALLED) - ours
    missing = sbom.packages(document, "pkg:pypi/") - installed
    assert installed <= sbom.packages(document, "pkg:pypi/")
    # Of the first two there is a part, which pip must not take for the whole; nothing else imports the others.
    assert {package for package, _ in missing} <= {"scipy", "gensim", "smart-open", "wrapt"}
