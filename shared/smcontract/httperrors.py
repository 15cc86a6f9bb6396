"""Errors that an HTTP client is told about: one class a status, each building its own sentence.

Does not render them: `smcontract.app` turns any of them into a JSON body in one place.
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


class NotAcceptableError(HTTPError):
    """Nothing in the Accept header is offered."""

    status = 406

    def __init__(self, accept: str, offered: Iterable[str]) -> None:
        super().__init__(
            f"Accept {shown(accept)} names nothing that is offered here; ask for one of {', '.join(offered)}"
        )


class PayloadTooLargeError(HTTPError):
    """The body exceeds the limit of this server."""

    status = 413

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"the body is larger than the {limit} bytes taken here; send fewer records a request, "
            "or raise SAGEMAKER_MAX_PAYLOAD_IN_MB"
        )


class UnsupportedMediaTypeError(HTTPError):
    """The Content-Type is missing, or not one of those accepted."""

    status = 415

    def __init__(self, problem: str, accepted: Iterable[str]) -> None:
        super().__init__(f"{problem}; accepted are {', '.join(accepted)}, in UTF-8")


class BusyError(HTTPError):
    """This worker cannot take the request now."""

    status = 503

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason}; try again shortly")
