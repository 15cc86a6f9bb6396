"""What forked emulators find imported and read: all that one needs to start and to answer its first requests."""

import gc

from emulator.__main__ import set_environment

set_environment()  # moto reads it when it is imported

from moto.core.base_backend import AccountSpecificBackend  # noqa: E402
from moto.core.routing import get_service_router  # noqa: E402
from moto.core.utils import get_service_model  # noqa: E402

from emulator import operations, server  # noqa: E402, F401
from emulator.api.shapes import service_model  # noqa: E402
from emulator.engines import leftovers  # noqa: E402, F401
from tests.emulator import with_fixtures  # noqa: E402, F401

for service in ("sagemaker", "sagemaker-runtime"):
    service_model(service)
for service in ("logs", "s3"):
    get_service_model(service)
get_service_router("s3")
AccountSpecificBackend.get_session().get_available_partitions()

gc.freeze()  # a collection in a fork would copy all that memory
