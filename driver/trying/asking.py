"""Questions to an endpoint, whatever its container: texts get labels, probabilities and words, words get vectors."""

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from driver import evaluation
from driver.aws import calls, media
from driver.aws.answers import Answer
from driver.aws.target import Target
from driver.errors import DriverError, RefusedError, quote, several
from driver.requests import hosting

_FORMS: Sequence[Mapping[str, Any]] = ({"explain": True}, {"configuration": {"k": 20}}, {})
"""What is asked for beside the instances: explanations, as this repository's images give; BlazingText's most probable
labels; nothing, as any container takes. The first that a container does not refuse is used from then on."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Reply:
    """What an endpoint answers: a document for each instance, the body that was sent, and how long it took."""

    answers: Sequence[Any]
    body: str
    seconds: float

    @property
    def is_vectors(self) -> bool:
        """Whether the answers are word vectors."""
        return bool(self.answers) and isinstance(self.answers[0], dict) and "vector" in self.answers[0]


@dataclass
class Endpoint:
    """An endpoint that is asked again and again."""

    target: Target
    name: str
    _form: Mapping[str, Any] | None = field(default=None, repr=False)

    def explained(self, instances: Sequence[str]) -> Reply:
        """Ask for all that the container can say. Raises DriverError when it answers with an error."""
        forms = [self._form] if self._form is not None else []
        forms += [form for form in _FORMS if form not in forms]
        for form in forms[:-1]:
            try:
                reply = self._ask(instances, form)
            except RefusedError as error:
                if error.code != "ModelError":
                    raise
            else:
                self._form = form
                return reply
        return self._ask(instances, forms[-1])

    def plain(self, instances: Sequence[str]) -> Reply:
        """Ask for predictions alone. Raises DriverError when the container answers with an error."""
        return self._ask(instances, {})

    def _ask(self, instances: Sequence[str], form: Mapping[str, Any]) -> Reply:
        whole = [_LONE_SURROGATE.sub("\ufffd", instance) for instance in instances]
        body = json.dumps({"instances": whole, **form}, ensure_ascii=False)
        request = hosting.invoke_endpoint(self.name, body.encode(), media.JSON, None)
        aim = f"ask the endpoint {self.name}"
        started = time.perf_counter()
        answer = self.target.call(request.service, request.operation, request.parameters, aim)
        with calls.explain_errors(aim):
            content = answer["Body"].read()
        seconds = time.perf_counter() - started
        document = Answer(content, answer.get("ContentType", "")).document()
        return Reply(_predictions(document, len(instances), self.name), body, seconds)


def prediction(answer: Any) -> dict[str, Any]:
    """Return what a page shows of an answer to one text.

    `label`, `probabilities` as [label, number], the most probable first, and `words` as [word, contribution], with
    `towards` the label that positive contributions speak for. What an answer lacks is None or empty.

    Example:
        >>> prediction({"label": ["__label__sport"], "prob": [0.75]})
        {'label': 'sport', 'probabilities': [['sport', 0.75]], 'towards': 'sport', 'words': []}
    """
    if not isinstance(answer, dict):
        return {"label": evaluation.plain(answer), "probabilities": [], "towards": None, "words": []}
    labels, numbers = answer.get("label"), answer.get("probabilities", answer.get("prob"))
    if isinstance(labels, list) and isinstance(numbers, list):  # as BlazingText has it
        numbers = dict(zip(map(evaluation.plain, labels), numbers, strict=False))
    if not isinstance(numbers, dict):
        numbers = {}
    said = answer.get("score") if labels is None else labels
    label = None if said is None else evaluation.plain(said)
    towards, words = _words(answer, label)
    ordered = sorted(([name, float(number)] for name, number in numbers.items()), key=lambda pair: -pair[1])
    return {"label": label, "probabilities": ordered, "towards": towards, "words": words}


def _words(answer: Mapping[str, Any], label: str | None) -> tuple[str | None, list[list[Any]]]:
    explanation, towards = answer.get("explanation") or {}, label
    if label in explanation:  # one for each label
        explanation = explanation[label]
    elif "margin" in explanation:  # of the positive class, whose probability the score is
        by_number = {number: name for name, number in answer.get("probabilities", {}).items()}
        towards = by_number.get(answer.get("score"), label)
    return towards, [[word["word"], word["contribution"]] for word in explanation.get("words", [])]


def _predictions(document: Any, count: int, name: str) -> Sequence[Any]:
    found = document.get("predictions", [document]) if isinstance(document, dict) else document
    if isinstance(found, list) and len(found) == count:
        return found
    if isinstance(found, str) and count == 1:
        return [found.strip()]
    raise DriverError(
        f"the endpoint {name} answered {several(count, 'text')} with {quote(document)}: this page needs a JSON answer "
        "with one prediction for each"
    )
