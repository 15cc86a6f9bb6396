"""S3's requests before moto sees them: their operation, and members that are as AWS's model has them.

moto takes an operation that it lacks for another one: GET ?analytics for ListObjects, PUT ?metrics for CreateBucket. So
those that it has are listed here, and all others are refused by name.
"""

import base64
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes
from xml.parsers.expat import ParserCreate

from moto.core.parse import RestXMLParser
from moto.core.request import Request
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from moto.iam.access_control import IAMPolicy
from werkzeug.exceptions import NotFound

from emulator.api.errors import ApiError, not_implemented
from emulator.api.shapes import check, service_model
from emulator.aws.requests import Environ, as_code, refusing, seconds

MAX_KEY_BYTES = 1024
MAX_PARTS = 10_000
MAX_METADATA_BYTES = 2048
MAX_INTEGER = 2**31 - 1
MAX_DELETED = 1000  # objects of one DeleteObjects
HAS_CONTENT = frozenset({"PutObject", "UploadPart"})
_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_RANGE = re.compile(r"bytes=\s*(\d+-\d*|-\d+)(\s*,\s*(\d+-\d*|-\d+))*")
_LOCKS = ("ObjectLockEnabledForBucket", "ObjectLockMode", "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus")
_DIGEST_BYTES: Mapping[str, int] = MappingProxyType(
    {
        "ContentMD5": 16,
        "ChecksumCRC32": 4,
        "ChecksumCRC32C": 4,
        "ChecksumCRC64NVME": 8,
        "ChecksumSHA1": 20,
        "ChecksumSHA256": 32,
    }
)

SUPPORTED = frozenset(
    f"{verb}{what}"
    for verbs, whats in (
        ("Get Put", "BucketAcl BucketLogging BucketVersioning ObjectAcl BucketAccelerateConfiguration"),
        ("Get Put", "BucketNotificationConfiguration BucketInventoryConfiguration"),
        ("Get Put Delete", "BucketCors BucketEncryption BucketOwnershipControls BucketPolicy BucketReplication"),
        ("Get Put Delete", "BucketTagging BucketWebsite ObjectTagging PublicAccessBlock Object"),
        ("Get Put", "BucketLifecycleConfiguration"),
        ("Get", "BucketLocation BucketPolicyStatus ObjectAttributes ObjectLegalHold ObjectLockConfiguration"),
        ("Create Head Delete", "Bucket"),
        ("Create Complete Abort", "MultipartUpload"),
        ("List", "Buckets Objects ObjectsV2 ObjectVersions Parts MultipartUploads BucketInventoryConfigurations"),
        ("Upload", "Part PartCopy"),
        ("Delete", "Objects BucketLifecycle"),
        ("Head Copy Restore", "Object"),
    )
    for verb in verbs.split()
    for what in whats.split()
)


@dataclass(frozen=True)
class S3Request:
    """A request to S3: its operation, and what its body is checked with; a form that a browser posts has no model."""

    name: str
    model: Any = None
    request: Request | None = None
    labels: Mapping[str, str] | None = None

    def members(self, body: bytes) -> dict[str, Any]:
        """Return the members of the operation's input; raises anything for values that are not of their type."""
        came: Any = self.request
        parts = {"values": came.args, "headers": came.headers, "url_params": self.labels, "body": body}
        parser = RestXMLParser(self.model, timestamp_parser=seconds)
        return dict(parser.parse(parts))

    def check_body(self, body: bytes) -> None:
        """Raise ApiError (MalformedXML) unless the body is as the operation's model has it."""
        if self.name == "PutBucketPolicy":
            with refusing("MalformedPolicy", "The body is not a policy in JSON"):
                IAMPolicy(body.decode()).is_action_permitted("s3:GetObject", "arn:aws:s3:::bucket/key")
        shape = self.model and self.model.input_shape
        payload = shape and shape.serialization.get("payload")
        if not payload or shape.members[payload].type_name != "structure":
            return
        with refusing("MalformedXML", f"The body of {self.name} is not the XML that it expects"):
            if body:
                _require_plain_xml(body, shape.members[payload].serialization.get("name", payload))
            members = self.members(body).get(payload) or {}
            members.pop("LocationConstraint", None)  # every region is accepted, of the future too
        if self.name == "PutBucketNotificationConfiguration":
            _leave_events(members)
        if members or payload in shape.required_members:
            code = "MalformedACLError" if self.name.endswith("Acl") else "MalformedXML"
            with as_code("ValidationException", code), as_code("SerializationException", code):
                check(shape.members[payload], members)
        if len(members.get("Objects", ())) > MAX_DELETED:
            raise ApiError(
                "MalformedXML", f"{self.name} names {len(members['Objects']):,} objects: give {MAX_DELETED:,}"
            )
        if self.name == "PutBucketVersioning":
            if members.get("MFADelete") == "Enabled":
                raise not_implemented("MFADelete of PutBucketVersioning")
            if "Status" not in members:
                raise ApiError("MalformedXML", "The body of PutBucketVersioning has no Status: Enabled or Suspended")


def parse(environ: Environ) -> S3Request:
    """Return a request in path style, all but its body checked. Raises ApiError."""
    _require_text(environ)
    request = Request(environ)
    try:
        model, labels = get_service_router("s3").match(request)
    except NotFound:
        return _form(environ)
    if model.name not in SUPPORTED:
        if model.name not in service_model("s3").operation_names:  # but in moto's
            return _form(environ)
        raise not_implemented(f"{model.name} of s3")
    if others := (request.args.keys() & _subresources()) - _arguments(model):
        raise ApiError("InvalidArgument", f"{model.name} does not take {', '.join(sorted(others))}: leave it out")
    found = S3Request(model.name, model, request, labels)
    with refusing("InvalidArgument", f"A header or parameter of {model.name} is not of its type"):
        members = found.members(b"")
    shape = model.input_shape
    for name in shape.required_members if shape else ():
        if name not in members and name != shape.serialization.get("payload"):
            raise ApiError("InvalidArgument", f"{model.name} needs {name}: give it")
    for name, value in members.items():
        if isinstance(value, int):
            _require_in_range(shape.members[name].serialization.get("name", name), value)
        if name == "StorageClass" and value not in shape.members[name].enum:
            raise ApiError("InvalidStorageClass", "The storage class you specified is not valid")
        if name != shape.serialization.get("payload"):
            with (
                as_code("ValidationException", "InvalidArgument"),
                as_code("SerializationException", "InvalidArgument"),
            ):
                check(shape.members[name], value, name)
    _require_sensible(found, members)
    # moto's routes are regular expressions that stop at a line's end; what it answers, it reads from RAW_URI
    environ["PATH_INFO"] = "/bucket/key" if "Key" in labels else "/bucket" if "Bucket" in labels else "/"
    return found


@functools.cache
def _subresources() -> frozenset[str]:
    """The arguments that make one operation of another: moto acts on any of them, whatever else is there."""
    model = get_service_model("s3")
    operations = [model.operation_model(name) for name in model.operation_names]
    made = (
        {*each.http_trait.query_args, *(each.input_shape.required_query_args if each.input_shape else ())}
        for each in operations
    )
    return frozenset().union(*made)


def _arguments(model: Any) -> set[str]:
    """The names of the arguments that an operation takes in the URL."""
    members = model.input_shape.members.values() if model.input_shape else ()
    named = (each.serialization.get("name") for each in members if each.serialization.get("location") == "querystring")
    return {*model.http_trait.query_args, *filter(None, named)}


def _form(environ: Environ) -> S3Request:
    """An upload that a browser posts is not in the model. All else that matches nothing is not S3's."""
    posted = environ.get("CONTENT_TYPE", "").startswith("multipart/form-data")
    if environ["REQUEST_METHOD"] == "POST" and posted and environ["RAW_URI"].strip("/").isascii():
        return S3Request("PostObject")
    what = f"{environ['REQUEST_METHOD']} of {environ['RAW_URI'][:200]}"
    raise ApiError("MethodNotAllowed", f"The specified method is not allowed against this resource: {what}", 405)


def _require_text(environ: Environ) -> None:
    uri = environ["RAW_URI"]
    with refusing("InvalidURI", "Couldn't parse the specified URI"):
        if bad := _BAD_ESCAPE.search(uri):
            raise ValueError(f"{uri[bad.start() : bad.start() + 3]!r} is not a percent sign and two digits")
        if "\0" in unquote_to_bytes(uri).decode():
            raise ValueError("it has a null character")


def _require_sensible(found: S3Request, members: Mapping[str, Any]) -> None:
    """What S3 asks of members and its model does not say."""
    if len(members.get("Key", "").encode()) > MAX_KEY_BYTES:
        raise ApiError("KeyTooLongError", f"Your key is too long: the limit is {MAX_KEY_BYTES:,} bytes")
    if found.name == "CreateBucket" and not _BUCKET_NAME.fullmatch(members["Bucket"]):
        wanted = "3 to 63 lower-case letters, digits, dots and hyphens, with a letter or digit at both ends"
        raise ApiError("InvalidBucketName", f"The specified bucket is not valid: {members['Bucket']!r}: give {wanted}")
    if sum(len(f"{name}{value}".encode()) for name, value in members.get("Metadata", {}).items()) > MAX_METADATA_BYTES:
        sentence = "Your metadata headers exceed the maximum allowed metadata size"
        raise ApiError("MetadataTooLarge", f"{sentence}, {MAX_METADATA_BYTES:,} bytes")
    for name in _LOCKS:
        if members.get(name, False) not in (False, "OFF"):
            raise not_implemented(f"{name} of {found.name}: locking of objects")
    if found.request and any(name.lower().startswith("x-amz-object-lock") for name in found.request.args):
        raise not_implemented(f"A lock in the URL of {found.name}: locking of objects")
    if "PartNumber" in members and found.name in ("GetObject", "HeadObject"):  # parts are put together and forgotten
        raise not_implemented(f"partNumber of {found.name}", "ask for a range")
    if not 1 <= members.get("PartNumber", 1) <= MAX_PARTS:
        sentence = f"Part number must be an integer between 1 and {MAX_PARTS}, inclusive"
        raise _argument("partNumber", members["PartNumber"], sentence)
    if not _RANGE.fullmatch(members.get("Range") or "bytes=0-"):
        raise _argument("Range", members["Range"], f"Range is {members['Range'][:200]!r}: write bytes=FIRST-LAST")
    if not re.fullmatch(r"/?[^/?]+/[^?].*", members.get("CopySource", "b/k"), re.DOTALL):
        source = members["CopySource"]
        raise _argument("x-amz-copy-source", source, f"x-amz-copy-source is {source[:200]!r}: write BUCKET/KEY")
    if "Tagging" in members and found.name != "PutObjectTagging" and isinstance(members["Tagging"], str):
        with refusing("InvalidArgument", "The header x-amz-tagging is not encoded as the query of a URL"):
            parse_qsl(members["Tagging"], keep_blank_values=True, strict_parsing=bool(members["Tagging"]))
    _require_digests(members)


def _require_in_range(name: str, value: int) -> None:
    """Part numbers have a range of their own."""
    if value > MAX_INTEGER:
        raise _argument(name, value, f"Provided {name} not an integer or within integer range")
    if value < 0 and name != "partNumber":
        raise _argument(name, value, f"Argument {name} must be an integer between 0 and {MAX_INTEGER}")


def _leave_events(configuration: Mapping[str, Any]) -> None:
    """Leave events to moto: for one that there is not, S3 has an error of its own, which names all that there are."""
    for entries in configuration.values():
        for entry in entries if isinstance(entries, list) else ():
            entry.pop("Event", None)
            if "Events" in entry:
                entry["Events"] = []


def _require_digests(members: Mapping[str, Any]) -> None:
    """Digests are base64 of their length, and there is one checksum at most."""
    given = [name for name in _DIGEST_BYTES if members.get(name)]
    for name in given:
        try:
            size = len(base64.b64decode(members[name], validate=True))
        except ValueError:
            size = -1
        if size != _DIGEST_BYTES[name]:
            code = "InvalidDigest" if name == "ContentMD5" else "InvalidRequest"
            raise ApiError(code, f"{name} is {members[name]!r}: give base64 of {_DIGEST_BYTES[name]} bytes")
    if len(set(given) - {"ContentMD5"}) > 1:
        raise ApiError("InvalidRequest", "Expecting a single x-amz-checksum- header: multiple are not allowed")


def _argument(name: str, value: Any, sentence: str) -> ApiError:
    return ApiError("InvalidArgument", sentence, ArgumentName=name, ArgumentValue=str(value)[:200])


def _require_plain_xml(body: bytes, root: str) -> None:
    """Raise ExpatError for what is not XML, ValueError for another root or a document type: its entities could grow."""
    names: list[str] = []

    def refuse(*_: Any) -> None:
        raise ValueError("it has a document type")

    parser = ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, _: names.append(name) if not names else None
    parser.Parse(body, True)
    if names[0].rpartition(":")[2] != root:
        raise ValueError(f"it is {names[0]}, not {root}")
