"""What the API answers instead of success: AWS's codes, and sentences like AWS's."""

from typing import Any


class ApiError(Exception):
    """An error answer: `code` as the service model names it, the HTTP status, and further members of its shape."""

    def __init__(self, code: str, message: str, status: int = 400, **members: Any):
        super().__init__(message)
        self.code, self.message, self.status, self.members = code, message, status, members


def invalid(message: str) -> ApiError:
    """ValidationException: the request is wrong."""
    return ApiError("ValidationException", message)


def in_use(message: str) -> ApiError:
    """ResourceInUse: the name is taken, or the thing is busy."""
    return ApiError("ResourceInUse", message)


def not_found(message: str) -> ApiError:
    """ResourceNotFound."""
    return ApiError("ResourceNotFound", message)


def unsupported(what: str, instead: str = "leave it out") -> ApiError:
    """ValidationException for what AWS does and this emulator does not."""
    return invalid(f"{what} is not supported by the emulator: {instead}")


def not_implemented(what: str, instead: str = "leave it out") -> ApiError:
    """NotImplemented, as S3 calls what AWS does and this emulator does not. No client retries a 400; some do a 501."""
    return ApiError("NotImplemented", f"{what} is not supported by the emulator: {instead}")
