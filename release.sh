#!/usr/bin/env bash
# Makes a release; `make dist` and `make release` call this with the tools of .venvs/dev.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
readonly OUT=dist

usage() {
    cat <<END
Usage: ./release.sh dist|tag

  dist  builds and proves the images of the last commit, and writes to $OUT/: the wheels of all packages, an SBOM for each
        image (CycloneDX), the changelog's newest entry, and SHA256SUMS
  tag   checks that the last commit can be released, makes $OUT/, and tags the commit vVERSION; nothing is pushed

The version is the one that every pyproject.toml names, and BASE_IMAGE works as for build.sh.
END
}

die() {
    printf 'release.sh: %s\n' "$*" >&2
    exit 1
}

find_version() {
    sed -n 's/^version = "\(.*\)"$/\1/p' ./*/pyproject.toml images/*/pyproject.toml | sort -u
}

# What cannot be fixed after the tag: its commit, its version, its entry in the changelog.
check_releasable() {
    [ -z "$(git status --porcelain)" ] ||
        die "The tree differs from its last commit (git status shows where), and a tag names a commit. Commit or stash the changes, then run this again."
    ! git rev-parse --quiet --verify "refs/tags/v$version" >/dev/null ||
        die "The tag v$version exists. Raise the version in every pyproject.toml, and add an entry to CHANGELOG.md."
    grep -qE "^## ${version//./\\.} \([0-9]{4}-[0-9]{2}-[0-9]{2}\)$" CHANGELOG.md ||
        die "CHANGELOG.md has no entry \"## $version (YYYY-MM-DD)\". Give the newest entry the version and today's date, then commit."
}

# Compiled code fits one Python, so there is a wheel of it for each that is here; its tag becomes that of every Linux with
# the C library that it needs. .venvs/dev has the tools, and the Python that made it.
build_wheels() {
    local version project wheel
    local PATH="$PWD/.venvs/dev/bin:$PATH"
    for version in 3.11 3.12 3.13; do
        "python$version" -c '' 2>/dev/null || {
            echo "python$version is not on the PATH: no wheel with compiled code is built for it." >&2
            continue
        }
        for project in "$@"; do
            uv build --quiet --wheel --python "$(command -v "python$version")" --out-dir "$OUT" --no-create-gitignore \
                --build-constraints images/build-tools.lock --require-hashes "$(dirname "$project")"
        done
    done
    for wheel in "$OUT"/*-linux_*.whl; do
        [ -e "$wheel" ] || continue
        auditwheel repair --plat auto --wheel-dir "$OUT" "$wheel" 2>/dev/null
        rm "$wheel"
    done
}

write_dist() {
    local source project name container
    rm -rf "$OUT"
    mkdir "$OUT"
    SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
    export SOURCE_DATE_EPOCH # the time in wheels, so that the same commit gives the same bytes
    source=$(mktemp -d)
    # shellcheck disable=SC2064
    trap "rm -rf '$source'" EXIT
    git archive HEAD | tar -x -C "$source" # no file that git does not know gets into a wheel
    build_wheels "$source"/*/pyproject.toml "$source"/images/*/pyproject.toml
    ./build.sh all --check
    for project in images/*/pyproject.toml; do
        name=$(basename "$(dirname "$project")")
        container=$(docker create "$name:$version")
        docker export "$container" | images/sbom.sh "$name" "$OUT/$name-$version.cdx.json"
        docker rm "$container" >/dev/null
    done
    awk '/^## /{entry++} entry == 1' CHANGELOG.md >"$OUT/CHANGES.md"
    (cd "$OUT" && sha256sum -- * >../SHA256SUMS && mv ../SHA256SUMS .)
    printf '\n%s/\n' "$OUT"
    (cd "$OUT" && ls)
}

main() {
    local version
    version=$(find_version)
    [ "$(wc -w <<<"$version")" = 1 ] ||
        die "A release has one version, and the pyproject.toml files name several: ${version//$'\n'/, }. Make them equal."
    case ${1:-} in
    dist) write_dist ;;
    tag)
        check_releasable
        write_dist
        git tag --annotate "v$version" --message "Version $version"
        printf '\nThe commit is tagged. Publish it with: git push origin v%s\n' "$version"
        ;;
    -h | --help) usage ;;
    *) die "${1:-Nothing} is not something that it makes. See ./release.sh --help." ;;
    esac
}

main "$@"
