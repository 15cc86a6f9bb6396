"""The application's answer to a request, through gunicorn's WSGI but into memory: what is sent waits for no client."""

from contextlib import closing

from gunicorn.http import wsgi
from gunicorn.http.message import Request
from gunicorn.workers.gthread import ThreadWorker

from smcontract.httperrors import HTTPError
from smcontract.server import refusal
from smcontract.server.connection import Connection
from smcontract.serving.app import WAITED


def render(worker: ThreadWorker, connection: Connection, request: Request, waited: float = 0) -> bytes:
    """The bytes of a whole answer to a request that waited `waited` seconds for a thread.

    Sets the connection's `keep`. An error of the application's, or of gunicorn's, becomes an answer with status 500.
    """
    out = _Sink()
    try:
        response, environ = wsgi.create(request, out, connection.peer, connection.local, worker.cfg)
        environ |= {"wsgi.multithread": True, WAITED: waited}
        if not worker.alive:
            response.force_close()
        with closing(worker.wsgi(environ, response.start_response)) as answer:
            for piece in answer:
                response.write(piece)
        response.close()
        connection.keep = not response.should_close()
    except Exception:
        worker.log.exception("request %s %s failed", request.method, request.path)
        connection.keep = False
        return refusal.render(HTTPError("the server failed on this request; the log has the reason"), request)
    return b"".join(out)


class _Sink(list[bytes]):
    """What gunicorn takes for the socket that it writes an answer to."""

    sendall = list.append
