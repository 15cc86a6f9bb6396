"""Both ways in which a request can name a bucket, made one: http://bucket.localhost/key becomes http://HOST/bucket/key."""

import re
from typing import Any

HOST = "127.0.0.1"  # moto gets only this one: it takes an unknown host for a bucket's
_BUCKETS_HOST = re.compile(r"(?P<bucket>[a-z0-9][a-z0-9.-]*)\.(localhost|127\.0\.0\.1)(:\d+)?")


def path_style(environ: dict[str, Any]) -> None:
    """Put the bucket that the host names, if it names one, into the path, and leave the path in RAW_URI.

    Example:
        >>> environ = {"HTTP_HOST": "b.localhost:4580", "REQUEST_URI": "//key?acl", "PATH_INFO": "//key"}
        >>> path_style(environ)
        >>> environ["HTTP_HOST"], environ["RAW_URI"]
        ('127.0.0.1', '/b//key?acl')
    """
    environ["RAW_URI"] = environ["REQUEST_URI"]
    named = _BUCKETS_HOST.fullmatch(environ.get("HTTP_HOST", "").lower())
    if named:
        environ["RAW_URI"] = f"/{named['bucket']}{environ['REQUEST_URI']}"
    environ["HTTP_HOST"] = HOST
