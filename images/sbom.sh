#!/usr/bin/env bash
# Usage: docker export CONTAINER | images/sbom.sh NAME OUTPUT
# Writes OUTPUT.cdx.json, a CycloneDX document of what the image NAME holds: the Python packages of its lock, and the Debian packages,
# each with its source, of the file system that comes on standard input.
set -euo pipefail
name=$1 output=$2
folder=$(dirname "${BASH_SOURCE[0]}")
tools=$folder/../.venvs/dev/bin
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$folder/$name/pyproject.toml")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# debsbom warns of sources that name no maintainer; cyclonedx-py, that the root depends on nothing, which the merge fixes, and that
# it does not validate, which takes seconds: the tests do, and what the merge writes.
without_warnings() {
    "$@" 2>"$work/messages" || {
        cat "$work/messages" >&2
        exit 1
    }
}

without_warnings "$tools/debsbom" generate --sbom-type cdx --distro-arch amd64 --root - --out "$work/debian"
# A lock is for every Python and system; the image takes what is for its own.
"$tools/python" - "$folder/$name/requirements.lock" >"$work/requirements.lock" <<'END'
import sys
from packaging.requirements import Requirement

image = {"python_full_version": "3.13", "python_version": "3.13", "sys_platform": "linux", "platform_system": "Linux"}
with open(sys.argv[1]) as lock:
    for line in lock.read().replace("\\\n", "").splitlines():
        marker = Requirement(line.partition(" --hash")[0]).marker
        if not marker or marker.evaluate(image):
            print(line)
END
without_warnings "$tools/cyclonedx-py" requirements --no-validate --pyproject "$folder/$name/pyproject.toml" \
    --output-file "$work/python.cdx.json" "$work/requirements.lock"
"$tools/debsbom" merge --sbom-type cdx --omit-roots --distro-name "$name" --distro-version "$version" --distro-supplier '' \
    --out "$output" "$work/python.cdx.json" "$work/debian.cdx.json"
