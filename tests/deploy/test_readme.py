"""deploy/README.md: its commands create stacks, and its tables have the parameters and alarms of the templates."""

import re
import shlex

import hcl2
import pytest

from tests.deploy.conftest import DEPLOY
from tests.deploy.test_alarms import WATCHED
from tests.deploy.test_terraform import blocks, plain, template
from tests.endtoend import documented

PAGE = DEPLOY / "README.md"
NAMES = ("role", "endpoint", "alarms")


def deployed():
    """The templates of the page's commands with the parameters given, in their order."""
    for example in documented.on_page(PAGE):
        words = shlex.split(example.text)
        if words[:3] == ["aws", "cloudformation", "deploy"]:
            name = re.fullmatch("deploy/(.+).yaml", words[words.index("--template-file") + 1])[1]
            given = words[words.index("--parameter-overrides") + 1 :]
            yield name, dict(word.split("=", 1) for word in given)


def test_the_commands_create_stacks(stack):
    given = {}
    for name, parameters in deployed():
        first = name not in given
        given[name] = given.get(name, {}) | parameters  # an update keeps what it does not name
        for key, value in parameters.items():
            pattern = template(name)["Parameters"][key].get("AllowedPattern", ".*")
            assert re.fullmatch(pattern, value), key
        if first:
            assert stack(name, given[name])
    assert set(given) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_is_on_the_page(name):
    text = PAGE.read_text("utf-8")
    assert [key for key in template(name)["Parameters"] if f"`{key}`" not in text and f" {key}=" not in text] == []


def test_every_alarm_is_on_the_page():
    assert set(re.findall(r"^\| `([a-z-]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)) == set(WATCHED)


def test_the_modules_get_variables_that_they_have_and_all_that_they_need():
    (snippet,) = re.findall("```hcl\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    for module in plain(hcl2.loads(snippet))["module"]:
        ((_, given),) = module.items()
        folder = given.pop("source").removeprefix("./deploy/terraform/")
        variables = {name: body for (name, _), body in blocks(folder, "variable").items()}
        assert {name for name, body in variables.items() if "default" not in body} <= set(given) <= set(variables)
