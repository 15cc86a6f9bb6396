"""AWS's service models, of which botocore reads megabytes of JSON for each session."""

import functools
import json
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader, Loader, create_loader


@pytest.fixture(scope="session", autouse=True)
def service_models_read_once() -> Iterator[None]:
    """Each command in this process is a session with new clients, which would take half of its time.

    Those of one session share a model in any case. Each gets a copy of that of S3, into which botocore writes.
    """
    read = functools.cache(functools.partial(JSONFileLoader.load_file, JSONFileLoader()))
    dumped = functools.cache(lambda path: json.dumps(read(path)))  # to parse is faster than to copy

    def load(_: JSONFileLoader, path: str) -> Any:
        return json.loads(dumped(path)) if "s3" in PurePath(path).parts else read(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JSONFileLoader, "load_file", load)
        listed = Loader.list_available_services
        services = functools.cache(create_loader().list_available_services)

        def available(loader: Loader, type_name: str) -> Any:  # boto3's resources are only where a session has put them
            return services(type_name) if type_name == "service-2" else listed(loader, type_name)

        patch.setattr(Loader, "list_available_services", available)
        yield
