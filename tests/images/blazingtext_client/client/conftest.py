"""A plan of a job, archives such as jobs leave, and a server that stands for AWS."""

import io
import tarfile
from dataclasses import replace
from urllib.request import Request, urlopen

import pytest
from moto.server import ThreadedMotoServer

from driver.aws.registries import image_uri
from driver.requests.channels import Channel
from driver.requests.training import Plan, Resources

VECTORS = b"3 2\nthe 0.5 -0.25\nfilm 1 0\ncaf\xc3\xa9 1e-05 2\n"
PLAN = Plan(
    name="vectors-1",
    image=image_uri("eu-west-1"),
    role="arn:aws:iam::123456789012:role/service/Trainer",
    folder="s3://a-bucket/blazingtext/vectors-1",
    channels=[Channel(name="train", source="train.txt", content_type="text/plain")],
    hyperparameters={"mode": "batch_skipgram"},
    resources=Resources(instance_type="ml.c5.2xlarge"),
)


@pytest.fixture
def plan():
    """`plan(name="x", instance_count=2)`: a plan that is right but for what is given, of it or of its resources."""

    def make(**changes):
        machines = {key: changes.pop(key) for key in list(changes) if hasattr(PLAN.resources, key)}
        return replace(PLAN, resources=replace(PLAN.resources, **machines), **changes)

    return make


@pytest.fixture
def archive(tmp_path):
    """`archive({"vectors.txt": b"..."})`: a model.tar.gz with these files."""

    def make(files, name="model.tar.gz"):
        path = tmp_path / name
        with tarfile.open(path, "w:gz") as tar:
            for member, content in files.items():
                info = tarfile.TarInfo(member)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        return path

    return make


@pytest.fixture
def aws(monkeypatch, tmp_path):
    """The address of moto's server, with nothing in it, and no settings of this machine."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "nothing"))
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    urlopen(Request(f"http://{host}:{port}/moto-api/reset", method="POST")).close()
    yield f"http://{host}:{port}"
    server.stop()
