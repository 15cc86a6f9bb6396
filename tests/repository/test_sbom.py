"""images/sbom.sh: what it writes of a lock and a file system. The container tests try it with the images."""

import io
import subprocess
import tarfile

import pytest

from tests import sbom

STATUS = """\
Package: libc6
Status: install ok installed
Maintainer: GNU Libc Maintainers <debian-glibc@lists.debian.org>
Architecture: amd64
Source: glibc
Version: 2.41-12
Description: GNU C Library

Package: gone
Status: deinstall ok config-files
Maintainer: Nobody <nobody@example.org>
Architecture: amd64
Version: 1-1
Description: removed, but for its settings
"""


def tar(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


@pytest.fixture
def write(repository, tmp_path):
    def run(files, name="xgboost-sentiment"):
        command = [repository / "images" / "sbom.sh", name, "out"]
        return subprocess.run(command, input=tar(files), capture_output=True, cwd=tmp_path, check=False)

    return run


def test_it_names_what_is_locked_and_what_is_installed(write, repository, tmp_path):
    done = write({"var/lib/dpkg/status": STATUS})
    assert (done.returncode, done.stderr) == (0, b"")
    document = sbom.read(tmp_path / "out.cdx.json")
    assert document["metadata"]["component"]["name"] == "xgboost-sentiment"
    assert document["metadata"]["component"]["version"]
    lock = repository / "images" / "xgboost-sentiment" / "requirements.lock"
    assert sbom.packages(document, "pkg:pypi/") == sbom.pins(lock)
    assert sbom.packages(document, "pkg:deb/debian/") == {("libc6", "2.41-12")}
    assert any("glibc@2.41-12?arch=source" in component["purl"] for component in document["components"])


def test_a_file_system_without_debian_fails_with_the_tool_s_own_words(write, tmp_path):
    done = write({"etc/hostname": "x"})
    assert done.returncode != 0
    assert b"dpkg" in done.stderr
    assert not (tmp_path / "out.cdx.json").exists()
