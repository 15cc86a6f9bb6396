"""From where a request comes. No web page may send one, whatever its signature, since a browser tells who sends.

Browsers say in Origin which page sends a form or a script's request, and in Sec-Fetch-Site what asks for an image or a
script (to addresses of this machine, too). A page whose own name leads here (DNS rebinding) is known by Host.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from emulator.auth.refusal import RefusedError, Why

_HOST = re.compile(r"(?:[a-z0-9][a-z0-9.-]*\.)?(?:127\.0\.0\.1|localhost)(?::[0-9]{1,5})?", re.IGNORECASE)
_ADDED = (
    ("Cross-Origin-Resource-Policy", "same-origin"),  # for browsers that do not send Sec-Fetch-Site
    ("X-Content-Type-Options", "nosniff"),
)


def check(environ: Mapping[str, Any]) -> None:
    """Raise RefusedError for what a web page may have sent; ports are not looked at, so a tunnel may have another."""
    if "HTTP_ORIGIN" in environ:
        raise RefusedError(Why.ORIGIN, "The request has an Origin header: web pages may not call the emulator")
    if environ.get("HTTP_SEC_FETCH_SITE", "none") != "none":
        raise RefusedError(
            Why.ORIGIN,
            "The request comes from a web page (Sec-Fetch-Site): web pages may not call the emulator; copy the "
            "address into "
            "the browser's address bar",
        )
    host = environ.get("HTTP_HOST", "")
    if not _HOST.fullmatch(host):
        raise RefusedError(
            Why.ORIGIN,
            f"The Host of the request is {host[:100]!r}: address the emulator as 127.0.0.1 or "
            "localhost, with or without a bucket's name in front",
        )


def bucket(environ: Mapping[str, Any]) -> str:
    """Return the bucket before the emulator's name in Host, or an empty string.

    Example:
        >>> bucket({"HTTP_HOST": "my.bucket.localhost:4580"}), bucket({"HTTP_HOST": "127.0.0.1"})
        ('my.bucket', '')
    """
    return re.sub(r"\.?(127\.0\.0\.1|localhost)(:[0-9]+)?$", "", environ.get("HTTP_HOST", "").lower())


def close_to_pages(start_response: Callable[..., Any]) -> Callable[..., Any]:
    """Return a `start_response` that lets no header of CORS out, which a bucket's settings could ask for."""

    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        kept = [(name, value) for name, value in headers if not name.lower().startswith("access-control-")]
        return start_response(status, [*kept, *_ADDED], *rest)

    return start
