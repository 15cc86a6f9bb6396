#!/usr/bin/env bash
# Builds, tags, checks and pushes the images of this repository.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
python=${PYTHON:-python3}
# shellcheck source=images/push.sh
. images/push.sh

images() {
    local project
    for project in images/*/pyproject.toml; do
        basename "$(dirname "$project")"
    done | paste -sd ' '
}

usage() {
    cat <<END
Usage: ./build.sh NAME [--check] [--push]
       ./build.sh all [--check] [--push]

Builds images/NAME for linux/amd64 and tags it NAME:<version> and NAME:dev, or builds every image (with --push, every
image but the template).

  --check   then check each image: it trains and serves its sample with no network and a read-only root
  --push    then push each image to ECR as NAME:<version> and NAME:<version>-<commit>, creating the repository
            if needed, and check that the registry has a manifest that SageMaker accepts (docs/ecr.md)

With --push:
  --account ID              AWS account of the repository (default: that of the credentials)
  --region REGION           region of the repository (default: AWS_REGION, or the profile's)
  --profile PROFILE         profile in your AWS settings that provides the credentials
  --registry HOST[/PREFIX]  push to PREFIX/NAME on this registry instead, with docker's own login; AWS is not contacted
  --dry-run                 print what would be pushed where; build and change nothing (with --account and --region
                            it needs no credentials)

Environment:
  BASE_IMAGE   another Debian 13 to build on (default: debian:trixie-slim), by tag or by digest
  DOCKER_HOST  the engine to build with, as for every docker command
  PYTHON       an interpreter, 3.11 or newer (default: python3)

Images: $(images)
END
}

die() {
    printf 'build.sh: %s\n' "$*" >&2
    exit 1
}

require_docker() {
    command -v docker >/dev/null ||
        die "docker is not on the PATH, and an image cannot be built without a container engine. Install Docker Engine, then run this again."
}

# Says why no engine can be used, from what docker says.
engine_error() {
    local said
    said=$(docker version 2>&1 >/dev/null) || true
    said=${said##*$'\n'}
    case $said in
    *"permission denied"*)
        die "You may not use the container engine ($said). Run sudo usermod -aG docker \$USER, then log in again, or enter newgrp docker in this shell, then run this again." ;;
    *"Failed to initialize"*)
        die "docker's settings name no engine ($said). Correct DOCKER_HOST, or run docker context use default, then run this again." ;;
    *) die "No container engine answers docker. Start it, or name one that runs in DOCKER_HOST, then run this again." ;;
    esac
}

require_engine() {
    require_docker
    local platform
    platform=$(docker version --format '{{.Server.Os}}/{{.Server.Arch}}' 2>/dev/null) || engine_error
    [ "$platform" = linux/amd64 ] ||
        die "The container engine runs on $platform, and SageMaker would start an image built there with \"exec format error\". Build on a linux/amd64 machine, or name its engine in DOCKER_HOST."
}

require_python() {
    "$python" -c 'import tomllib' 2>/dev/null || die "$python is missing or older than Python 3.11. Name another interpreter in PYTHON."
}

version_of() {
    sed -n 's/^version = "\(.*\)"$/\1/p' "images/$1/pyproject.toml"
}

# The last commit, with a mark when the tree differs from it.
revision() {
    git describe --always --abbrev=40 --dirty --exclude='*' 2>/dev/null || echo unknown
}

# SageMaker refuses OCI manifests and image indexes, so buildx makes neither; a plain `docker build` makes Docker's own type.
build() {
    local name=$1 version=$2 dockerfile
    dockerfile=$("$python" images/dockerfile.py "$name")
    local arguments=(
        --file -
        --tag "$name:$version" --tag "$name:dev"
        --label "org.opencontainers.image.version=$version"
        --label "org.opencontainers.image.revision=$(revision)"
    )
    [ -z "${BASE_IMAGE:-}" ] || arguments+=(--build-arg "BASE_IMAGE=$BASE_IMAGE")
    if docker buildx version >/dev/null 2>&1; then
        docker buildx build --platform linux/amd64 --provenance=false --sbom=false --output type=docker "${arguments[@]}" . <<<"$dockerfile"
    else
        docker build "${arguments[@]}" . <<<"$dockerfile"
    fi
}

# An engine with containerd's image store keeps a manifest and can name its type; the classic store makes one at push, always of Docker's kind.
manifest_type() {
    local type
    type=$(docker image inspect --format '{{with .Descriptor}}{{.MediaType}}{{end}}' "$1" 2>/dev/null) || type=
    echo "${type:-application/vnd.docker.distribution.manifest.v2+json}"
}

report() {
    local name=$1 version=$2 type
    type=$(manifest_type "$name:dev")
    printf '\n%s:%s (also %s:dev)\n' "$name" "$version" "$name"
    printf '  size      %s\n' "$(docker image ls --format '{{.Size}}' "$name:dev")"
    printf '  manifest  %s\n' "$type"
    case $type in
    *oci*) die "SageMaker refuses manifests of type $type. Build with a newer buildx, or without containerd's image store." ;;
    esac
}

need_value() {
    [ $# -ge 2 ] && [ -n "$2" ] && [ "${2#-}" = "$2" ] || die "$1 needs a value. See ./build.sh --help."
}

# Refuses options of a push that contradict each other or are invalid.
check_push_options() {
    local wanted=$registry$account$region$profile$dry_run
    [ -z "$wanted" ] || [ -n "$push" ] || die "--account, --region, --profile, --registry and --dry-run go with --push. See ./build.sh --help."
    [ -z "$registry" ] || [ -z "$account$region$profile" ] ||
        die "--account, --region and --profile are for ECR, and with --registry AWS is not contacted. Leave them out, or leave out --registry."
    [[ -z $account || $account =~ ^[0-9]{12}$ ]] || die "--account $account is not an AWS account, which is a number of 12 digits."
    [[ -z $registry || $registry =~ ^(localhost|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+|[A-Za-z0-9-]+:[0-9]+)(:[0-9]+)?(/[a-z0-9._-]+)*$ ]] ||
        die "--registry $registry is not a registry, which is named as in registry.example.com:5000 or registry.example.com/team, without https://."
}

main() {
    local check='' push='' dry_run='' all='' names=()
    registry='' account='' region='' profile='' sending=''
    while [ $# -gt 0 ]; do
        case $1 in
        -h | --help) usage && return ;;
        --check) check=yes ;;
        --push) push=yes ;;
        --dry-run) dry_run=yes ;;
        --account | --region | --profile | --registry)
            need_value "$@"
            printf -v "${1#--}" %s "$2"
            shift
            ;;
        -*) die "$1 is not an option. See ./build.sh --help." ;;
        all) all=yes && read -ra names < <(images) ;;
        *) names+=("$1") ;;
        esac
        shift
    done
    [ ${#names[@]} -gt 0 ] || die "No image was given. The images are: $(images). See ./build.sh --help."
    local name version there
    there=" $(images) "
    # The template is there to be copied: a registry gets it only where it is named.
    [ -z "$all" ] || [ -z "$push" ] || read -ra names <<<"${there/ image-template / }"
    for name in "${names[@]}"; do
        [[ $name != *" "* && $there == *" $name "* ]] || die "No image named $name exists. The images are:${there% }."
    done
    check_push_options
    [ -z "$push" ] || start_push
    [ -n "$dry_run" ] || { require_engine && require_python; }
    if [ -n "$push" ]; then
        for name in "${names[@]}"; do
            plan "$name" "$(version_of "$name")"
        done
    fi
    [ -z "$dry_run" ] || return 0
    for name in "${names[@]}"; do
        version=$(version_of "$name")
        build "$name" "$version"
        report "$name" "$version"
        [ -z "$check" ] || "$python" -m emulator.check "$name:dev" --sample "images/$name/sample"
        [ -z "$push" ] || push "$name" "$version"
    done
}

main "$@"
