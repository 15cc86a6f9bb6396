"""What an endpoint has answered, as a document for programs and as lines for people."""

import json
from dataclasses import dataclass
from typing import Any

from driver.aws import media


@dataclass(frozen=True)
class Answer:
    """A body and its content type. What does not hold what its type says is taken as text."""

    content: bytes
    content_type: str

    def document(self) -> Any:
        """Return what JSON holds; of JSON Lines a list; of all else the text."""
        kind = media.parse(self.content_type).name
        try:
            if kind == media.JSON:
                return json.loads(self.content)
            if kind == media.JSON_LINES:
                return [json.loads(line) for line in self.content.split(b"\n") if line.strip()]
        except (ValueError, RecursionError):  # the container's fault, and better shown than hidden
            pass
        return self._text()

    def lines(self) -> list[str]:
        """Return JSON with each prediction on a line of its own, all else as it came."""
        document = self.document()
        if isinstance(document, str) or media.parse(self.content_type).name != media.JSON:
            return [line.removesuffix("\r") for line in self._text().removesuffix("\n").split("\n")]
        predictions = document.get("predictions") if isinstance(document, dict) else document
        each = predictions if isinstance(predictions, list) else [document]
        return [json.dumps(prediction, ensure_ascii=False) for prediction in each]

    def _text(self) -> str:
        charset = media.parse(self.content_type).charset
        try:
            return self.content.decode(charset, "backslashreplace")
        except (LookupError, ValueError):  # no charset that Python has, or none of text
            return self.content.decode("utf-8", "backslashreplace")
