"""What can go wrong around a container. Every message is a sentence for people."""


class EmulatorError(Exception):
    """A job or endpoint that cannot be carried out as asked."""


class EngineError(EmulatorError):
    """The engine could not start the container."""


class EndpointError(EmulatorError):
    """An endpoint that never became healthy."""


class ModelError(EmulatorError):
    """The container answered with an error, or not at all; named after the error InvokeEndpoint gives (HTTP 424).

    `original_status_code` is the container's own status, 0 when there was no answer; `original_message` its body.
    """

    def __init__(self, original_status_code: int, original_message: str):
        self.original_status_code = original_status_code
        self.original_message = original_message
        super().__init__(
            f"the container answered {original_status_code}: {original_message}"
            if original_status_code
            else original_message
        )
