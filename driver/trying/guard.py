"""Who may use the pages: the browser of whoever was given the address, which ends in a token, and nobody else.

The token stands behind the `#` of the address, which browsers never send. The page's script sends it in a header, which
no other page can do without being asked first. It sets no cookie, which a browser would send to other ports too.
"""

import hmac
import secrets

from flask import Flask, Response, abort, request

HEADER = "X-Page-Token"
API = "/api/"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""Of every answer. Trusted types: the browser itself refuses a script that would make HTML of a text."""


def make_token() -> str:
    """Return a new token, which cannot be guessed."""
    return secrets.token_urlsafe(32)


def protect(app: Flask, token: str) -> None:
    """Refuse requests to another host's name with 421, and those to the API without the token with 403."""

    def check() -> None:
        port = request.environ["SERVER_PORT"]
        if request.environ.get("HTTP_HOST") not in (f"127.0.0.1:{port}", f"localhost:{port}"):
            abort(421, "this server answers to 127.0.0.1 and localhost alone: open the address that launch.py printed")
        given = request.headers.get(HEADER, "").encode()
        if request.path.startswith(API) and not hmac.compare_digest(given, token.encode()):
            abort(403, "the address lacks its token, or has an old one: open the address that launch.py printed")

    def close(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response

    app.before_request(check)
    app.after_request(close)
