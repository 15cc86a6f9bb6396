"""The server of the pages: on the loopback interface, in the foreground, until Ctrl-C."""

import webbrowser
from importlib.util import find_spec

from driver.aws.target import Target
from driver.errors import DriverError
from driver.output import Output

HOST = "127.0.0.1"  # loopback only
_THREADS = 8


def run(target: Target, names: list[str], page: str, port: int, is_open: bool, output: Output) -> None:
    """Serve the pages, say the address of `page`, and open it in a browser if that is wanted; until Ctrl-C.

    `names` are the endpoints to try. Raises DriverError when the port is taken, or Flask is not installed.
    """
    if not (find_spec("flask") and find_spec("cheroot") and find_spec("pandas")):
        raise DriverError("the page needs what is not installed: pip install 'sagemaker-text-driver[page]'")
    from cheroot.wsgi import Server

    from driver.trying import app, guard

    token = guard.make_token()
    server = Server((HOST, port), app.make(target, names, token), numthreads=_THREADS, server_name="launch.py")
    try:
        server.prepare()
    except OSError as error:
        raise DriverError(
            f"the page cannot listen on port {port}, which another program has, or which is not for you: give another "
            "with --port"
        ) from error
    address = f"http://{HOST}:{server.bind_addr[1]}{page}#{token}"
    output.result({"url": address}, [f"The page is at {address}", "Ctrl-C ends it"])
    if is_open:
        webbrowser.open(address)
    try:
        server.serve()
    except KeyboardInterrupt:
        output.say("")
    finally:
        server.stop()
