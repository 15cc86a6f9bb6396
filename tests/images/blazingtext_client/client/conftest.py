"""A plan of a job, archives such as jobs leave, and a check of requests against AWS's own description of them."""

import io
import re
import tarfile
from pathlib import Path

import botocore.session
import pytest
from blazingtext_client.client.requests import Plan
from botocore.validate import ParamValidator

VECTORS = b"3 2\nthe 0.5 -0.25\nfilm 1 0\ncaf\xc3\xa9 1e-05 2\n"


@pytest.fixture
def plan():
    """`plan(name="x")`: a plan that is right but for what is given."""

    def make(**changes):
        right = {
            "name": "vectors-1",
            "region": "eu-west-1",
            "role": "arn:aws:iam::123456789012:role/service/Trainer",
            "bucket": "a-bucket",
            "hyperparameters": {"mode": "batch_skipgram"},
            "files": {"train": Path("train.txt")},
        }
        return Plan(**{**right, **changes})

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


@pytest.fixture(scope="session")
def problems():
    """`problems("sagemaker", "CreateTrainingJob", request)`: what AWS's service model says against a request."""
    session = botocore.session.get_session()

    def check(service, operation, request):
        shape = session.get_service_model(service).operation_model(operation).input_shape
        report = ParamValidator().validate(request, shape)
        return ([report.generate_report()] if report.has_errors() else []) + list(unmatched(shape, request))

    return check


def unmatched(shape, value, at=""):
    """Strings that are not of their enumeration or pattern, which botocore leaves to the service to find."""
    if shape.type_name == "structure":
        for name, part in value.items():
            yield from unmatched(shape.members[name], part, f"{at}.{name}")
    elif shape.type_name == "list":
        for part in value:
            yield from unmatched(shape.member, part, f"{at}[]")
    elif shape.type_name == "map":
        for key, part in value.items():
            yield from unmatched(shape.key, key, f"{at} key")
            yield from unmatched(shape.value, part, f"{at}.{key}")
    elif shape.type_name == "string":
        if shape.enum and value not in shape.enum:
            yield f"{at}: {value} is not one of its values"
        pattern = shape.metadata.get("pattern")
        for theirs, ours in (("\\p{L}", r"\w"), ("\\p{Z}", r"\s"), ("\\p{N}", r"\d")):
            pattern = pattern and pattern.replace(theirs, ours)
        if pattern and not re.fullmatch(pattern, value):
            yield f"{at}: {value} does not match {pattern}"
