"""Addresses in S3 as people write them: `s3://` URIs, and the other forms, which are named with the right spelling."""

import re
from urllib.parse import unquote, urlsplit

from driver.errors import DriverError, quote

SCHEME = "s3://"

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|s3[an]?:/|arn:aws", re.IGNORECASE)
_S3 = re.compile(r"s3[an]?:/+(.*)", re.IGNORECASE | re.DOTALL)
_ARN = re.compile(r"arn:aws[a-z-]*:s3:::(.+)", re.IGNORECASE | re.DOTALL)
_ACCESS_POINT = re.compile(r"arn:aws[a-z-]*:s3[a-z-]*:[^:]*:[^:]*:accesspoint[/:](.+)", re.IGNORECASE | re.DOTALL)
_HOST = re.compile(
    r"(?:(?P<bucket>.+)\.)?s3(?:[.-](?:website|dualstack|fips|accelerate))*(?:[.-][a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?"
)
_CONSOLE = re.compile(r"(?:.+\.)?console\.(?:aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com)")


def is_remote(source: str) -> bool:
    """Whether data are at an s3:// URI; otherwise they are in a file or folder.

    Raises DriverError for an address of another form, since no file has such a name.

    Example:
        >>> is_remote("s3://bucket/reviews"), is_remote("reviews.csv")
        (True, False)
    """
    if source.startswith(SCHEME):
        location(source)
        return True
    if _ADDRESS.match(source):
        raise DriverError(_misspelt(source))
    return False


def location(uri: str) -> tuple[str, str]:
    """Return bucket and key of an S3 URI; the key may be empty. Raises DriverError for anything else.

    Example:
        >>> location("s3://bucket/reviews/model.tar.gz")
        ('bucket', 'reviews/model.tar.gz')
    """
    bucket, _, key = uri.removeprefix(SCHEME).partition("/")
    if not (uri.startswith(SCHEME) and _BUCKET.fullmatch(bucket)):
        raise DriverError(_misspelt(uri))
    return bucket, key


def _misspelt(text: str) -> str:
    """Return the sentence about an address that is not an s3:// URI.

    Example:
        >>> _misspelt("arn:aws:s3:::bucket/reviews/")
        '"arn:aws:s3:::bucket/reviews/" is an ARN in S3: write s3://bucket/reviews/'
    """
    what = quote(text, 200)
    if access_point := _ACCESS_POINT.fullmatch(text):
        key = re.sub(r"^[^/]+(?:/object)?/?", "", access_point[1])
        return (
            f"{what} is the ARN of an access point: write s3://ALIAS/{key} with the access point's alias, which ends "
            "with -s3alias, or name the bucket itself"
        )
    for form, found in (
        ("is not spelt as AWS spells it", _S3.fullmatch(text)),
        ("is an ARN in S3", _ARN.fullmatch(text)),
    ):
        if found and _BUCKET.fullmatch(found[1].partition("/")[0]):
            return f"{what} {form}: write {SCHEME}{found[1]}"
    if uri := _of_url(text):
        return f"{what} is a web address in S3: write {uri}"
    if text.lower().startswith("file:"):
        return f"{what} is a URL: name the file or folder by its path alone"
    return f"{what} is not an S3 URI: write s3://bucket/key"


def _of_url(text: str) -> str | None:
    """Return the S3 URI of a web address of S3, or of its console; None for another one."""
    try:
        url = urlsplit(text)
        host = (url.hostname or "").lower()
    except ValueError:
        return None
    path = unquote(url.path.lstrip("/"))
    if url.scheme not in ("http", "https"):
        return None
    if _CONSOLE.fullmatch(host):
        kind, _, path = path.removeprefix("s3/").partition("/")
        query = dict(part.partition("=")[::2] for part in url.query.split("&"))
        path = f"{path.partition('/')[0]}/{unquote(query.get('prefix', ''))}" if kind in ("buckets", "object") else ""
    elif found := _HOST.fullmatch(host):
        path = f"{found['bucket']}/{path}" if found["bucket"] else path
    else:
        return None
    return f"{SCHEME}{path}" if _BUCKET.fullmatch(path.partition("/")[0]) else None
