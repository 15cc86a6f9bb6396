"""Prints what a registry holds under a tag: `python3 images/manifest.py HOST/REPOSITORY TAG`, for build.sh --push.

One line, "TYPE DIGEST CONFIG": the media type and digest of the manifest, and the digest of the image configuration
that it names, `none` where it names none. Nothing when the tag does not exist. The login is docker's. `docker manifest
inspect` would do, but that of Debian 12 takes a tag with an OCI manifest for free.
"""

import base64
import hashlib
import http.client
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

TYPES = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
)
TIMEOUT_SECONDS = 60

_LOOPBACK = re.compile(r"(localhost|127(\.[0-9]+){3})(:[0-9]+)?")


class RegistryError(Exception):
    """One sentence about what a registry did not do."""


def held(repository: str, tag: str, login: str | None) -> str | None:
    """Return the line, or None when the tag does not exist. `login`: base64 of NAME:PASSWORD. Raises RegistryError."""
    host, _, name = repository.partition("/")
    # Like docker: plain HTTP to this machine, never over a network.
    scheme = "http" if _LOOPBACK.fullmatch(host) else "https"
    url = f"{scheme}://{host}/v2/{name}/manifests/{tag}"
    try:
        try:
            body, media_type = _get(url, None)
        except urllib.error.HTTPError as error:
            if error.code != 401:
                raise
            body, media_type = _get(url, _answer(error.headers.get("WWW-Authenticate", ""), login))
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        if error.code in (401, 403):
            raise RegistryError(
                f"the registry refuses the login ({error}). Run docker login {host}, then push again."
            ) from error
        raise RegistryError(f"the registry answers {error}.") from error
    except (OSError, http.client.HTTPException) as error:
        raise RegistryError(
            f"the registry cannot be reached ({getattr(error, 'reason', error)}). Check its name and the network."
        ) from error
    try:
        config = json.loads(body).get("config", {}).get("digest", "none")
    except (ValueError, AttributeError) as error:
        raise RegistryError(f"the answer is {media_type}, not a manifest. Is {host} a registry?") from error
    return f"{media_type} sha256:{hashlib.sha256(body).hexdigest()} {config}"


def docker_login(host: str, folder: Path) -> str | None:
    """Return the base64 of NAME:PASSWORD that docker, with its settings in `folder`, has for a host."""
    try:
        settings = json.loads((folder / "config.json").read_text("utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise RegistryError(f"docker's settings, config.json in {folder}, are not JSON ({error}).") from error
    helper = settings.get("credHelpers", {}).get(host) or settings.get("credsStore")
    if helper:
        command = [f"docker-credential-{helper}", "get"]
        done = subprocess.run(command, input=host, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            found = json.loads(done.stdout)
            return base64.b64encode(f"{found['Username']}:{found['Secret']}".encode()).decode()
    login: str | None = settings.get("auths", {}).get(host, {}).get("auth")
    return login


def _get(url: str, authorization: str | None) -> tuple[bytes, str]:
    headers = {"Accept": ", ".join(TYPES), **({"Authorization": authorization} if authorization else {})}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=TIMEOUT_SECONDS) as answer:
        return answer.read(), answer.headers.get_content_type()


def _answer(challenge: str, login: str | None) -> str | None:
    """Return the Authorization that a registry asks for: the login, or the token that its server gives for it."""
    basic = f"Basic {login}" if login else None
    if not challenge.lower().startswith("bearer "):
        return basic
    asked = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    query = urllib.parse.urlencode({key: asked[key] for key in ("service", "scope") if key in asked})
    token = json.loads(_get(f"{asked['realm']}?{query}", basic)[0])
    return f"Bearer {token.get('token') or token['access_token']}"


def main(arguments: list[str]) -> int:
    """Print the line; the exit code."""
    repository, tag = arguments
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    try:
        line = held(repository, tag, docker_login(repository.partition("/")[0], folder))
    except RegistryError as error:
        sys.stderr.write(f"{_printable(f'Cannot read the tag {tag} of {repository}: {error}')}\n")
        return 1
    if line:
        sys.stdout.write(f"{_printable(line)}\n")
    return 0


def _printable(text: str) -> str:
    """Return the text in ASCII: any terminal shows it, and nothing that a registry says controls one."""
    return "".join(letter if " " <= letter <= "~" else ascii(letter)[1:-1] for letter in text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
