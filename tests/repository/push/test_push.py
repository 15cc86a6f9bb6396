"""build.sh --push with a real engine, to real registries."""

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import boto3
import moto.settings
import pytest
from moto.backends import get_backend

DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
OCI = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"

PASSWORD = "123456789012-auth-token"  # the login that moto's ECR gives

pytestmark = pytest.mark.container


@pytest.fixture
def ecr(ecr, serve_registry):
    """With a registry that takes the login of its API."""
    ecr.registry = serve_registry(PASSWORD)
    return ecr


@pytest.fixture(autouse=True)
def _images_are_removed(small):
    yield
    for which in (("--filter", f"label=test={small.name}"), (small.name,)):
        images = docker("image", "ls", "--quiet", *which).split()
        subprocess.run(["docker", "image", "rm", "--force", *images], capture_output=True, check=False)


def docker(*arguments, **options):
    return subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True, **options).stdout.strip()


def one_sentence(done):
    assert done.returncode == 1, done.stdout
    line = done.stderr.splitlines()[-1]
    assert line.startswith("build.sh: ")
    return line


def test_both_tags_hold_the_image_that_was_built(push, registry, small):
    done = push("--registry", f"{registry.address}/team")
    assert done.returncode == 0, done.stderr
    name = f"team/{small.name}"
    assert sorted(registry.tags(name)) == ["1.2.3", f"1.2.3-{small.first}"]
    for tag in registry.tags(name):
        manifest, media_type = registry.manifest(name, tag)
        assert media_type == DOCKER
        assert manifest["config"]["digest"] == docker("image", "inspect", "--format", "{{.Id}}", f"{small.name}:dev")
    assert docker("image", "ls", "--quiet", f"{registry.address}/{name}") == ""


def test_a_version_is_never_pushed_twice_with_other_content(push, registry, small):
    target = ("--registry", registry.address)
    assert push(*target).returncode == 0
    before = registry.manifest(small.name, "1.2.3")
    again = push(*target)
    assert again.returncode == 0, again.stderr
    assert f"{registry.address}/{small.name}:1.2.3 holds this image already" in again.stdout
    (small.image / "content").write_text("second")
    small.commit()
    assert f"{small.name}:1.2.3 is taken by another image" in one_sentence(push(*target))
    assert registry.manifest(small.name, "1.2.3") == before
    assert sorted(registry.tags(small.name)) == ["1.2.3", f"1.2.3-{small.first}"]  # refused before anything was sent
    (small.image / "pyproject.toml").write_text('[project]\nversion = "1.2.4"\n')
    second = small.commit()
    assert push(*target).returncode == 0
    assert {"1.2.4", f"1.2.4-{second}"} < set(registry.tags(small.name))


def as_oci(manifest):
    kinds = {
        "config": "application/vnd.oci.image.config.v1+json",
        "layer": "application/vnd.oci.image.layer.v1.tar+gzip",
    }
    return {
        "schemaVersion": 2,
        "mediaType": OCI,
        "config": {**manifest["config"], "mediaType": kinds["config"]},
        "layers": [{**layer, "mediaType": kinds["layer"]} for layer in manifest["layers"]],
    }


def test_an_oci_manifest_is_found_out(push, registry, small):
    assert push("--registry", registry.address).returncode == 0
    manifest, _ = registry.manifest(small.name, "1.2.3")
    registry.put_manifest(small.name, "1.2.3", as_oci(manifest))
    line = one_sentence(push("--registry", registry.address))
    assert f"{small.name}:1.2.3 has a manifest of type {OCI}, and SageMaker accepts only {DOCKER}" in line


def test_an_index_is_found_out(push, registry, small):
    assert push("--registry", registry.address).returncode == 0
    body, _ = registry.request(f"{small.name}/manifests/1.2.3")
    entry = {
        "mediaType": DOCKER,
        "digest": f"sha256:{hashlib.sha256(body).hexdigest()}",
        "size": len(body),
        "platform": {"os": "linux", "architecture": "amd64"},
    }
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [entry]}
    registry.put_manifest(small.name, "1.2.3", index)
    line = one_sentence(push("--registry", registry.address))
    assert f"{small.name}:1.2.3 has a manifest of type {OCI_INDEX}" in line


def archive(tag, architecture):
    """What `docker save` would write of an image with one empty layer."""
    layer = bytes(10240)
    files = {
        "layer.tar": layer,
        "config.json": json.dumps({
            "architecture": architecture,
            "os": "linux",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
        }).encode(),
        "manifest.json": json.dumps([{"Config": "config.json", "RepoTags": [tag], "Layers": ["layer.tar"]}]).encode(),
    }  # fmt: skip
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def test_an_image_of_another_architecture_is_not_sent(push, registry, small, tmp_path):
    base = f"{small.name}:arm"
    (tmp_path / "base.tar").write_bytes(archive(base, "arm64"))
    docker("load", "--input", str(tmp_path / "base.tar"))
    line = one_sentence(push("--registry", registry.address, BASE_IMAGE=base))
    assert f"{small.name}:dev is built for linux/arm64, and SageMaker runs linux/amd64" in line
    assert registry.tags(small.name) == []


def test_a_registry_that_cannot_be_reached(push, small):
    line = one_sentence(push("--registry", "127.0.0.1:9"))
    assert "the registry cannot be reached" in line
    assert docker("image", "ls", "--quiet", small.name) == ""  # found out before anything was built


def test_a_registry_that_wants_a_login(push, serve_registry, small):
    registry = serve_registry("another")
    line = one_sentence(push("--registry", f"{registry.address}/team"))
    assert "the registry refuses the login" in line
    assert line.endswith(f"Run docker login {registry.address}, then push again.")


def test_docker_s_own_login_is_used_for_a_registry(push, serve_registry, small, home):
    registry = serve_registry("another")
    environment = {**os.environ, "HOME": str(home)}
    docker("login", "--username", "AWS", "--password-stdin", registry.address, input="another", env=environment)
    done = push("--registry", registry.address)
    assert done.returncode == 0, done.stderr
    assert len(registry.tags(small.name)) == 2


def test_ecr_gets_the_repository_and_the_image(push_to_ecr, ecr, small, home):
    done = push_to_ecr()
    assert done.returncode == 0, done.stderr
    repository = ecr.backend.repositories[small.name]
    assert repository.image_tag_mutability == "IMMUTABLE"
    assert repository.image_scanning_configuration == {"scanOnPush": True}
    assert json.loads(repository.lifecycle_policy) == json.loads((small.folder / "images/lifecycle.json").read_text())
    tags = [f"1.2.3-{small.first}", "1.2.3"]
    assert sorted(ecr.registry.tags(small.name)) == sorted(tags)
    (image,) = repository.images
    assert sorted(image.image_tags) == sorted(tags)
    assert image.image_manifest_media_type == DOCKER
    assert done.stdout.count(f"  manifest  {DOCKER}\n") == 3  # as built, and under both tags
    assert not (home / ".docker/config.json").exists()
    assert not (home / ".aws").exists()


def test_a_second_push_to_ecr_changes_nothing(push_to_ecr, ecr, small):
    policy = '{"rules": []}' + " " * 100
    ecr.backend.create_repository(small.name, None, {}, {"scanOnPush": False}, "IMMUTABLE", None)
    ecr.backend.repositories[small.name].lifecycle_policy = policy
    assert push_to_ecr().returncode == 0
    ecr.asked.clear()
    done = push_to_ecr("--account", "123456789012")
    assert done.returncode == 0, done.stderr
    assert set(ecr.asked) == {"DescribeRepositories", "BatchGetImage", "GetLifecyclePolicy"}
    assert ecr.backend.repositories[small.name].lifecycle_policy == policy


def test_an_oci_manifest_in_ecr_is_found_out(push_to_ecr, ecr, small):
    assert push_to_ecr().returncode == 0
    manifest, _ = ecr.registry.manifest(small.name, "1.2.3")
    ecr.backend.batch_delete_image(small.name, image_ids=[{"imageTag": "1.2.3"}])
    ecr.registry.put_manifest(small.name, "1.2.3", as_oci(manifest))
    line = one_sentence(push_to_ecr())
    assert f"{small.name}:1.2.3 has a manifest of type {OCI}" in line


def test_a_refused_login(push_to_ecr, ecr, small, serve_registry):
    ecr.registry = serve_registry("another")
    assert "the registry refuses the login" in one_sentence(push_to_ecr())


def test_no_permission_to_create_the_repository(push_to_ecr, ecr, small):
    ecr.refuses["CreateRepository"] = "AccessDeniedException", "not authorized to perform: ecr:CreateRepository"
    line = one_sentence(push_to_ecr())
    assert f"Cannot create the repository {small.name}: a permission is missing" in line
    assert ecr.registry.tags(small.name) == []


def test_the_login_lasts_no_longer_than_the_push_and_misses_the_keychain(push_to_ecr, ecr, small, home, tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    keychain = tools / "docker-credential-secretservice"  # what docker takes where it finds it
    keychain.write_text(f'#!/bin/sh\necho "$1" >>{tmp_path}/asked\necho "credentials not found"\nexit 1\n')
    keychain.chmod(0o755)
    (tmp_path / "asked").touch()
    own = home / ".docker/config.json"
    own.parent.mkdir()
    own.write_text("{}")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    path = f"{tools}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = push_to_ecr(PATH=path, TMPDIR=str(temporary))
    assert done.returncode == 0, done.stderr
    assert own.read_text() == "{}"
    assert list(temporary.iterdir()) == []
    assert "store" not in (tmp_path / "asked").read_text()


def test_the_contexts_of_the_user_stay_in_sight(push_to_ecr, ecr, small, home):
    environment = {**os.environ, "HOME": str(home)}
    docker("context", "create", "here", "--docker", "host=unix:///var/run/docker.sock", env=environment)
    docker("context", "use", "here", env=environment)
    done = push_to_ecr()
    assert done.returncode == 0, done.stderr
    assert len(ecr.registry.tags(small.name)) == 2


def test_the_permissions_on_the_page_are_those_of_a_push(push_to_ecr, ecr, small, repository, monkeypatch):
    policy = json.loads((repository / "docs/iam/push.json").read_text())
    for statement in policy["Statement"]:
        statement["Resource"] = "*"  # moto weighs actions alone
    keys = {"aws_access_key_id": "AKIATEST", "aws_secret_access_key": "secret"}
    iam = boto3.client("iam", "us-east-1", endpoint_url=ecr.url, **keys)
    iam.create_user(UserName=small.name)
    key = iam.create_access_key(UserName=small.name)["AccessKey"]
    credentials = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    monkeypatch.setattr(moto.settings, "INITIAL_NO_AUTH_ACTION_COUNT", 0)
    assert "a permission is missing" in one_sentence(push_to_ecr(**credentials))
    get_backend("iam")["123456789012"]["aws"].put_user_policy(small.name, "push", json.dumps(policy))
    done = push_to_ecr(**credentials)
    assert done.returncode == 0, done.stderr
    assert len(ecr.registry.tags(small.name)) == 2
