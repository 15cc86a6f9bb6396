"""images/manifest.py with real registries, and each way of logging in to one."""

import hashlib
import json
import os
import subprocess
import sys
import time
from base64 import b64encode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import parse_qs

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = b'{"architecture": "amd64", "os": "linux"}'

pytestmark = pytest.mark.container  # no engine is needed, but Debian's docker-registry


@pytest.fixture
def read(repository, tmp_path):
    """Runs it with docker's settings as given."""

    def run(registry, name, tag, path=os.environ["PATH"], folder=tmp_path, **settings):
        if folder == tmp_path:
            (folder / "config.json").write_text(json.dumps(settings))
        command = [sys.executable, repository / "images/manifest.py", f"{registry.address}/{name}", tag]
        environment = {"DOCKER_CONFIG": str(folder), "PATH": path}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    return run


def digest(content):
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def fill(registry):
    """Puts an image of no layers into a registry; what is to be read of it."""
    registry.put_blob("team/tiny", CONFIG)
    config = {
        "mediaType": "application/vnd.docker.container.image.v1+json",
        "size": len(CONFIG),
        "digest": digest(CONFIG),
    }
    manifest = {"schemaVersion": 2, "mediaType": DOCKER, "config": config, "layers": []}
    registry.put_manifest("team/tiny", "1.0", manifest)
    return f"{DOCKER} {digest(json.dumps(manifest).encode())} {digest(CONFIG)}\n"


def test_a_tag_that_is_there(read, registry):
    line = fill(registry)
    assert read(registry, "team/tiny", "1.0").stdout == line


@pytest.mark.parametrize(("name", "tag"), [("team/tiny", "2.0"), ("team/other", "1.0")])
def test_a_tag_that_is_not_there(read, registry, name, tag):
    fill(registry)
    done = read(registry, name, tag)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_login_in_docker_s_settings(read, serve_registry):
    registry = serve_registry("another")
    line = fill(registry)
    login = b64encode(b"AWS:another").decode()
    assert read(registry, "team/tiny", "1.0", auths={registry.address: {"auth": login}}).stdout == line


def test_the_login_in_a_keychain(read, serve_registry, tmp_path):
    registry = serve_registry("another")
    line = fill(registry)
    helper = tmp_path / "docker-credential-test"
    helper.write_text(f"""#!/bin/sh
[ "$1" = get ] && [ "$(cat)" = {registry.address} ] && echo '{{"Username": "AWS", "Secret": "another"}}'
""")
    helper.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    assert read(registry, "team/tiny", "1.0", path, credsStore="test").stdout == line
    assert read(registry, "team/tiny", "1.0", path, credHelpers={registry.address: "test"}).stdout == line


@pytest.mark.parametrize("settings", [{}, {"auths": {"127.0.0.1:1": {"auth": "eDp5"}}}])
def test_a_login_that_is_missing(read, serve_registry, settings):
    registry = serve_registry("another")
    done = read(registry, "team/tiny", "1.0", **settings)
    assert done.returncode == 1
    assert done.stderr == (
        f"Cannot read the tag 1.0 of {registry.address}/team/tiny: the registry refuses the login (HTTP Error 401: "
        f"Unauthorized). Run docker login {registry.address}, then push again.\n"
    )


class Tokens:
    """A token server, as registries with users of their own have one: gives what is asked for to `ann`."""

    def __init__(self):
        self._key = rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tokens")])
        now = datetime.now(UTC)
        self.certificate = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self._key.public_key())
            .serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
            .sign(self._key, hashes.SHA256())
        )  # fmt: skip

    def __call__(self, environ, start_response):
        if environ.get("HTTP_AUTHORIZATION") != f"Basic {b64encode(b'ann:secret').decode()}":
            start_response("401 Unauthorized", [])
            return [b""]
        query = parse_qs(environ["QUERY_STRING"])
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({"token": self.token(query["service"][0], query["scope"][0])}).encode()]

    def token(self, service, scope):
        kind, name, actions = scope.split(":")
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        header = {"typ": "JWT", "alg": "RS256", "x5c": [b64encode(der).decode()]}
        claims = {
            "iss": "tokens", "sub": "ann", "aud": service, "jti": "1", "nbf": 0, "iat": 0, "exp": int(time.time()) + 60,
            "access": [{"type": kind, "name": name, "actions": actions.split(",")}],
        }  # fmt: skip
        signed = ".".join(_base64url(json.dumps(part).encode()) for part in (header, claims))
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_base64url(signature)}"


def _base64url(content):
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def test_a_token_for_the_login(read, serve_registry, serving, tmp_path):
    tokens = Tokens()
    (tmp_path / "tokens.pem").write_bytes(tokens.certificate.public_bytes(serialization.Encoding.PEM))
    with serving(tokens) as url:
        settings = {"realm": url, "service": "test", "issuer": "tokens", "rootcertbundle": str(tmp_path / "tokens.pem")}
        registry = serve_registry(auth={"token": settings})
        registry.authorization = f"Bearer {tokens.token('test', 'repository:team/tiny:pull,push')}"
        line = fill(registry)
        login = {registry.address: {"auth": b64encode(b"ann:secret").decode()}}
        assert read(registry, "team/tiny", "1.0", auths=login).stdout == line
        refused = read(registry, "team/tiny", "1.0")
    assert "the registry refuses the login" in refused.stderr


def page(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html")])
    return [b"<h1>Welcome</h1>"]


def test_a_server_that_is_no_registry(read, serving):
    with serving(page) as url:
        done = read(SimpleNamespace(address=url.removeprefix("http://")), "team/tiny", "1.0")
    assert done.returncode == 1
    assert "the answer is text/html" in done.stderr


@pytest.mark.parametrize(
    ("address", "says"), [("127.0.0.1:9", "Connection refused"), ("localhost.invalid", "cannot be reached")]
)
def test_a_registry_that_is_not_there(read, address, says):
    done = read(SimpleNamespace(address=address), "team/tiny", "1.0")
    assert done.returncode == 1
    assert says in done.stderr


def test_docker_s_settings_cannot_be_read(read, registry, tmp_path):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/config.json").write_text("{")
    done = read(registry, "team/tiny", "1.0", folder=tmp_path / "broken")
    assert done.returncode == 1
    assert "are not JSON" in done.stderr
