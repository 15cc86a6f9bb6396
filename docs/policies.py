"""The policies of docs/iam as deploy/role.yaml has them: in YAML, with parameters for the words to fill in."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from driver import images

FOLDER = Path(__file__).parent / "iam"
WORDS = {
    "ACCOUNT": "${AWS::AccountId}",
    "REGION": "${AWS::Region}",
    "BUCKET": "${Bucket}",
    "ROLE": "${RoleName}",
    "KEY": "${KeyId}",
}
"""Word of a policy -> parameter of the template."""
_WORD = re.compile(rf"\b({'|'.join(WORDS)})\b")
_INDENT = " " * 8  # of a property in a template's resource


class _Filled(str):
    __slots__ = ()


class _Writer(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 (PyYAML's)
        super().increase_indent(flow, indentless=False)  # items of a list further in than its key


_Writer.add_representer(_Filled, lambda writer, text: writer.represent_scalar("!Sub", str(text)))


def names() -> list[str]:
    """Return the names of the policies, such as `role` for role.json."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def cloudformation(name: str) -> str:
    """Return the YAML of a policy's document, indented as the value of a property."""
    document = _filled(json.loads((FOLDER / f"{name}.json").read_text("utf-8")))
    lines = yaml.dump(document, Dumper=_Writer, sort_keys=False, width=1000).splitlines()
    return "\n".join(_INDENT + line for line in lines)


def _filled(value: Any) -> Any:
    """The value with what CloudFormation fills in; a repository of IMAGE becomes one of each image."""
    if isinstance(value, dict):
        return {key: _filled(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each) for one in value for each in _of_every_image(one)]
    text = _WORD.sub(lambda word: WORDS[word[0]], str(value)).replace("arn:aws:", "arn:${AWS::Partition}:")
    return _Filled(text) if "${" in text else text


def _of_every_image(value: Any) -> list[Any]:
    if isinstance(value, str) and value.endswith("/IMAGE"):
        return [value.removesuffix("IMAGE") + name for name in images.find_own()]
    return [value]
