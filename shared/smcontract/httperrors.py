"""Errors for an HTTP client: one class per status, each building its own sentence.

Does not render them: `smcontract.serving.app` turns any of them into a JSON body in one place.
"""

from collections.abc import Iterable

from smcontract.errors import shown


class HTTPError(Exception):
    """An answer other than 200; `status` is the HTTP status, the message a sentence for the client."""

    status = 500


class BadRequestError(HTTPError):
    """The body cannot be read as what its Content-Type says."""

    status = 400


class BadRecordError(BadRequestError):
    """One record of an online request is bad; records are counted from 1."""

    def __init__(self, number: int, reason: object) -> None:
        super().__init__(f"record {number}: {reason}")


class NoSuchEndpointError(HTTPError):
    """The path, or only this method of it, is not served; `allowed` are the methods that are."""

    def __init__(self, request: str, allowed: Iterable[str]) -> None:
        super().__init__(
            f"{request} does not exist: this server answers GET /ping, POST /invocations and GET /execution-parameters"
        )
        self.allowed = tuple(allowed)
        self.status = 405 if self.allowed else 404


class NotAcceptableError(HTTPError):
    """Nothing in the Accept header is offered."""

    status = 406

    def __init__(self, accept: str, offered: Iterable[str]) -> None:
        super().__init__(
            f"Accept {shown(accept)} matches nothing that this server offers; ask for one of {', '.join(offered)}"
        )


class ProtocolError(HTTPError):
    """What arrived is not a request that can be read; `status` is the one that HTTP has for it."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(f"the request is not valid HTTP/1.1: {problem}; correct it and send it again")
        self.status = status


class RequestTimeoutError(HTTPError):
    """The request did not arrive in time."""

    status = 408

    def __init__(self, seconds: int) -> None:
        super().__init__(
            f"the request was still incomplete after {seconds} seconds; send it faster, "
            "or raise SAGEMAKER_MODEL_SERVER_REQUEST_TIMEOUT"
        )


class PayloadTooLargeError(HTTPError):
    """The body exceeds the limit of this server."""

    status = 413

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"the body is larger than the limit of {limit} bytes; send fewer records per request, "
            "or raise SAGEMAKER_MAX_PAYLOAD_IN_MB and give the server enough memory"
        )


class TooManyRecordsError(HTTPError):
    """The records of a request, or their answers, need more memory than there is."""

    status = 413

    def __init__(self, problem: str, records: int) -> None:
        super().__init__(
            f"{problem}, which is more than this server has memory for: send at most {records} records per request"
        )


class UnsupportedMediaTypeError(HTTPError):
    """The Content-Type is missing, or not one of those accepted."""

    status = 415

    def __init__(self, problem: str, accepted: Iterable[str]) -> None:
        super().__init__(f"{problem}; this server accepts {', '.join(accepted)}, in UTF-8")


class UnsupportedEncodingError(HTTPError):
    """The body is compressed."""

    status = 415

    def __init__(self, encoding: str) -> None:
        super().__init__(f"the Content-Encoding {shown(encoding)} cannot be read here; send the body uncompressed")


class BusyError(HTTPError):
    """This worker cannot take the request now."""

    status = 503

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason}; try again shortly")
