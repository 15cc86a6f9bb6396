"""Admits requests by where they come from, who has signed them, and when. Nothing is done for any other."""

import datetime
import functools
import hmac
from typing import Any
from urllib.parse import parse_qs

from emulator.api.call import Call
from emulator.api.errors import ApiError, not_implemented
from emulator.auth import content, origin, presigned, signature
from emulator.auth.chunks import SIGNED_CHUNKS, VARIABLE, Chunks
from emulator.auth.keys import Key, Keys
from emulator.auth.presigned import Version2
from emulator.auth.refusal import ADVICE, UNSIGNED, RefusedError, Why, service_of
from emulator.auth.signature import Version4

Signed = Version4 | Version2


class NotAdmittedError(Exception):
    """A request that is answered with `error`, in the form of the service that `call` is for."""

    def __init__(self, error: ApiError, call: Call):
        self.error, self.call = error, call
        super().__init__(str(error))


class Guard:
    """Stands before everything else. With `is_open` any credentials will do, but from a web page none."""

    def __init__(self, keys: Keys, is_open: bool):
        self._keys, self._is_open = keys, is_open

    def admit(self, environ: dict[str, Any]) -> Call:
        """Return what is known of a request that may be answered. Raises NotAdmittedError.

        The body is in `environ` as it was signed; one of S3's raises ApiError at its end if it was not.
        """
        signed: Signed | None = None
        try:
            origin.check(environ)
            signed = _signature_of(environ)
            if not self._is_open:
                self._check(environ, signed)
            return Call(signed.region, signed.service)
        except RefusedError as refused:
            service = service_of(environ, signed.service if signed else None)
            raise NotAdmittedError(refused.answer(service), Call(service=service)) from refused
        except ApiError as error:
            service = service_of(environ, signed.service if signed else None)
            raise NotAdmittedError(error, Call(service=service)) from error

    def _check(self, environ: dict[str, Any], signed: Signed) -> None:
        key = self._keys.find(signed.key_id)
        now = datetime.datetime.now(datetime.UTC)
        if key is None:
            raise RefusedError(
                Why.UNKNOWN, f"The emulator does not know the access key {signed.key_id[:128]!r}. {ADVICE}"
            )
        _check_token(key, signed, now)
        signed.check_time(now)
        if signed.service != "s3":
            signed.check(environ, key, content.hold(environ))
            return
        payload = content.payload_of(environ)
        signed.check(environ, key, payload)
        if payload in SIGNED_CHUNKS:
            environ[VARIABLE] = _chunks(signed, key)
        elif len(payload) == 64:  # SHA-256
            environ["wsgi.input"] = content.Hashed(environ["wsgi.input"], payload)


def _signature_of(environ: dict[str, Any]) -> Signed:
    if environ.get("HTTP_AUTHORIZATION", "").startswith("AWS "):
        raise ApiError("InvalidRequest", f"Authorization is Signature Version 2: sign with {signature.ALGORITHM}")
    if "HTTP_AUTHORIZATION" in environ:
        return signature.of_header(environ)
    query = parse_qs(environ["QUERY_STRING"], keep_blank_values=True)
    if any(name.startswith("X-Amz-") for name in query):
        return signature.of_query(environ)
    if "AWSAccessKeyId" in query:
        return presigned.of_query(environ)
    if environ.get("CONTENT_TYPE", "").startswith("multipart/form-data"):
        raise RefusedError(
            Why.MISSING,
            "The emulator does not accept forms, signed or not: sign a URL with generate_presigned_url instead",
        )
    raise RefusedError(Why.MISSING, f"The request is not signed. {UNSIGNED}")


def _check_token(key: Key, signed: Signed, now: datetime.datetime) -> None:
    given, wanted = signed.token or "", key.token or ""
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        what = "is missing" if not given else "is not the key's" if wanted else "does not belong to a key without one"
        raise RefusedError(Why.TOKEN, f"The session token (AWS_SESSION_TOKEN) {what}: {signed.key_id}. {ADVICE}")
    if key.expires and now >= key.expires:
        raise RefusedError(Why.TOKEN_EXPIRED, f"The key {key.id} was valid until {key.expires:%Y-%m-%d %H:%M:%S} UTC")


def _chunks(signed: Signed, key: Key) -> Chunks:
    if not isinstance(signed, Version4):
        raise not_implemented("A body in signed chunks to a presigned URL of Signature Version 2", "send it plain")
    return Chunks(functools.partial(signature.sign, key.secret, signed), signed.time, signed.scope, signed.digest)
