"""What the process that emulators are forked from imports: without it each start takes a second."""

from emulator.__main__ import set_environment

set_environment()  # moto reads some of it when it is imported

from emulator import operations, server  # noqa: E402, F401
