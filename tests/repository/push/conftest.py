"""A repository of one small image, a real registry, and an ECR made of moto's API and that registry."""

import hashlib
import json
import os
import re
import secrets
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.request
from base64 import b64encode
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from moto.backends import get_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from tests import aws_program

ACCOUNT = "123456789012"
REGION = "us-east-1"
PASSWORD = f"{ACCOUNT}-auth-token"  # what moto hands out as a login
HTPASSWD = {  # bcrypt
    PASSWORD: "AWS:$2y$04$abcdefghijklmnopqrstuu/cMn6kFoLFEf9ShbIPSVtJoiKQtizZG",
    "another": "AWS:$2y$04$abcdefghijklmnopqrstuuW839tY81OgYwy4gFNdslinRlf6MvQ8m",
}
DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
OCI = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"


class Registry:
    """A client of the registry's HTTP API."""

    def __init__(self, address, password=None):
        self.address = address
        self.authorization = f"Basic {b64encode(f'AWS:{password}'.encode()).decode()}" if password else ""

    def request(self, path, data=None, media_type=f"{DOCKER}, {OCI}, {OCI_INDEX}", method=None):
        """Returns the body and the headers; PUT when there is data."""
        headers = {"Content-Type" if data else "Accept": media_type, "Authorization": self.authorization}
        url = path if path.startswith("http") else f"http://{self.address}/v2/{path}"
        request = urllib.request.Request(url, data, headers, method=method or ("PUT" if data else "GET"))
        with urllib.request.urlopen(request) as answer:
            return answer.read(), answer.headers

    def put_blob(self, name, content):
        _, headers = self.request(f"{name}/blobs/uploads/", method="POST")
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        self.request(f"{headers['Location']}&digest={digest}", content, "application/octet-stream")

    def tags(self, name):
        try:
            return json.loads(self.request(f"{name}/tags/list")[0])["tags"] or []
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return []
            raise

    def manifest(self, name, tag):
        body, headers = self.request(f"{name}/manifests/{tag}")
        return json.loads(body), headers["Content-Type"]

    def put_manifest(self, name, tag, manifest):
        self.request(f"{name}/manifests/{tag}", json.dumps(manifest).encode(), manifest["mediaType"])


@pytest.fixture
def serve_registry(tmp_path):
    """Starts Debian's docker-registry on a free port; `password`: what user AWS must give; `auth`: another way."""
    started = []

    def serve(password=None, auth=None):
        folder = tmp_path / f"registry-{len(started)}"
        folder.mkdir()
        settings = {
            "version": 0.1,
            "log": {"level": "info", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
            "http": {"addr": "127.0.0.1:0"},
        }
        if password:
            (folder / "htpasswd").write_text(HTPASSWD[password])
            auth = {"htpasswd": {"realm": "test", "path": str(folder / "htpasswd")}}
        if auth:
            settings["auth"] = auth
        (folder / "config.yml").write_text(json.dumps(settings))  # JSON is YAML
        log = folder / "log"
        with log.open("wb") as file:
            process = subprocess.Popen(["docker-registry", "serve", folder / "config.yml"], stdout=file, stderr=file)
        started.append(process)
        while process.poll() is None:
            if listening := re.search(r"listening on (127\.0\.0\.1:\d+)", log.read_text()):
                return Registry(listening[1], password)
            time.sleep(0.01)
        raise AssertionError(log.read_text())

    yield serve
    for process in started:
        process.terminate()
        process.wait(30)


class Ecr:
    """ECR as build.sh meets it, served by WSGI: moto's API, whose repositories keep their images in a real registry.

    moto has no registry: its repositories lie at AWS's addresses, and hold the manifests that PutImage brings. So with
    a `registry` its answers name that one, and it is told of what arrived there before it answers.
    """

    def __init__(self):
        self.registry = None
        self.refuses = {}  # operation -> error code and message
        self.asked = []  # operations
        self._moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ, start_response):
        operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        self.asked += [operation] if operation else []
        if operation in self.refuses:
            code, message = self.refuses[operation]
            return Response(json.dumps({"__type": code, "message": message}), 400)(environ, start_response)
        if self.registry:
            for name in self.backend.repositories:
                self._take_over(name)
        answer = Response.from_app(self._moto, environ)
        if self.registry:
            at_aws = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
            answer.set_data(answer.get_data().replace(at_aws.encode(), self.registry.address.encode()))
        return answer(environ, start_response)

    @property
    def backend(self):
        return get_backend("ecr")[ACCOUNT][REGION]

    def _take_over(self, name):
        known = {tag for image in self.backend.repositories[name].images for tag in image.image_tags}
        for tag in set(self.registry.tags(name)) - known:
            body, headers = self.registry.request(f"{name}/manifests/{tag}")
            digest = headers["Docker-Content-Digest"]
            self.backend.put_image(name, body.decode(), tag, headers["Content-Type"], digest)


@contextmanager
def _serving(application):
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def serving():
    return _serving


@pytest.fixture
def registry(serve_registry):
    return serve_registry()


@pytest.fixture
def ecr():
    """An Ecr at `url`, without a registry."""
    get_backend("ecr").reset()
    application = Ecr()
    with _serving(application) as application.url:
        yield application


@pytest.fixture
def small(repository, tmp_path):
    """A clone-like repository: our build.sh, and one image of one file. `name` of the image is another in each test."""
    folder = tmp_path / "clone"
    name = f"tiny-{secrets.token_hex(4)}"
    image = folder / "images" / name
    image.mkdir(parents=True)
    shutil.copy(repository / "build.sh", folder)
    for file in ("push.sh", "manifest.py", "lifecycle.json", "dockerfile.py"):
        shutil.copy(repository / "images" / file, folder / "images")
    (folder / "images" / "Dockerfile").write_text("""ARG BASE_IMAGE=scratch
FROM ${BASE_IMAGE}
ARG IMAGE
LABEL test=${IMAGE}
COPY images/${IMAGE}/content /
""")
    (image / "content").write_text("first")
    (image / "pyproject.toml").write_text('[project]\nversion = "1.2.3"\ndescription = ""\ndependencies = []\n')

    def git(*arguments):
        who = ("-c", "user.name=test", "-c", "user.email=test@example.com")
        done = subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit():
        git("add", "--all")
        git("commit", "--quiet", "--message", "change")
        return git("rev-parse", "--short=8", "HEAD")

    git("init", "--quiet")
    return SimpleNamespace(name=name, folder=folder, image=image, commit=commit, first=commit())


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def aws(tmp_path_factory):
    """A folder with the program aws, already started."""
    with aws_program.running(tmp_path_factory.mktemp("aws")) as folder:
        yield folder


@pytest.fixture
def push(small, home, aws):
    """Runs `build.sh NAME --push ...` with a home of its own and no AWS settings but the given ones.

    Nor on the base of other images, which each push would compress.
    """

    def run(*arguments, path=None, **environment):
        without = ("AWS_", "BASE_IMAGE", "DOCKER_CONFIG")
        ours = {key: value for key, value in os.environ.items() if not key.startswith(without)}
        environment = {
            **ours,
            "HOME": str(home),
            "PATH": str(path) if path else f"{aws}:{aws_program.REAL.parent}:{os.environ['PATH']}",
            "AWS_EC2_METADATA_DISABLED": "true",
            **environment,
        }
        command = [small.folder / "build.sh", small.name, "--push", *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=120)

    return run


@pytest.fixture
def push_to_ecr(push, ecr):
    def run(*arguments, **environment):
        settings = {"AWS_ENDPOINT_URL": ecr.url, "AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "secret"}
        return push("--region", REGION, *arguments, **settings | environment)

    return run
