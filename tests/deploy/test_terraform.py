"""deploy/terraform: parsed, and compared with the templates. No Terraform runs here: see deploy/README.md."""

import re

import hcl2
import pytest
import yaml

from docs import policies
from tests.deploy.conftest import DEPLOY, ENDPOINT
from tests.deploy.test_endpoint import EVERYTHING

TERRAFORM = DEPLOY / "terraform"
TYPES = {"String": "string", "Number": "number", "CommaDelimitedList": "${list(string)}"}
SWITCH = {"yes": True, "no": False}
KINDS = {
    "AWS::IAM::Role": "aws_iam_role",
    "AWS::IAM::Policy": "aws_iam_role_policy",
    "AWS::IAM::ManagedPolicy": "aws_iam_policy",
    "AWS::SageMaker::Model": "aws_sagemaker_model",
    "AWS::SageMaker::EndpointConfig": "aws_sagemaker_endpoint_configuration",
    "AWS::SageMaker::Endpoint": "aws_sagemaker_endpoint",
    "AWS::ApplicationAutoScaling::ScalableTarget": "aws_appautoscaling_target",
    "AWS::ApplicationAutoScaling::ScalingPolicy": "aws_appautoscaling_policy",
    "AWS::SNS::Topic": "aws_sns_topic",
    "AWS::SNS::Subscription": "aws_sns_topic_subscription",
}
"""All but alarms, which are two resources with `for_each`."""

META = ("count", "dynamic", "for_each", "lifecycle")

RENAMED = {
    "endpoint_name": "name",
    "policy_name": "name",
    "topic_name": "name",
    "destination_s3uri": "destination_s3_uri",
    "kms_key_arn": "kms_key_id",
}
"""Properties that have another name in Terraform or in the template."""

ELSEWHERE = {
    "retain_all_variant_properties": "which Terraform's provider does not have",
    "scaling_target_id": "in Terraform the attributes of the target, the next three",
    "aws_appautoscaling_policy": ("service_namespace", "resource_id", "scalable_dimension"),
}


class Yaml(yaml.SafeLoader):
    """Reads a template; functions such as !Ref become their arguments' text."""


Yaml.add_multi_constructor("!", lambda loader, name, node: f"!{name} {node.value}")


def template(name):
    return yaml.load((DEPLOY / f"{name}.yaml").read_text("utf-8"), Yaml)


def plain(value):
    """A parsed value without quotes and without the parser's own keys."""
    if isinstance(value, dict):
        return {key.strip('"'): plain(each) for key, each in value.items() if not key.startswith("__")}
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, str) and value.startswith('"'):
        return value[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return value


def parsed(folder):
    """The blocks of all files of a folder, by their kind and their names."""
    found = {}
    for path in sorted((TERRAFORM / folder).glob("*.tf")):
        for kind, blocks in plain(hcl2.loads(path.read_text("utf-8"))).items():
            for block in blocks if isinstance(blocks, list) else []:
                for name, body in block.items():
                    inner = body.items() if kind in ("resource", "data") else [(None, body)]
                    found |= {(kind, name, second): content for second, content in inner}
    return found


def blocks(folder, kind):
    return {
        names: body for (found, *names), body in parsed(folder).items() if found == kind for names in [tuple(names)]
    }


def snake(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


@pytest.mark.parametrize(("folder", "names"), [("role", ["role"]), ("endpoint", ["endpoint", "alarms"])])
def test_variables_are_the_parameters_with_their_types_defaults_and_checks(folder, names):
    parameters = {key: each for name in reversed(names) for key, each in template(name)["Parameters"].items()}
    variables = {name: body for (name, _), body in blocks(folder, "variable").items()}
    assert set(variables) == {snake(name) for name in parameters}
    for name, parameter in parameters.items():
        variable = variables[snake(name)]
        is_switch = parameter.get("AllowedValues") == ["yes", "no"]
        assert variable["type"] == ("bool" if is_switch else TYPES[parameter["Type"]])
        default = parameter.get("Default")
        if is_switch:
            default = SWITCH[default]
        elif parameter["Type"] == "CommaDelimitedList":
            default = default.split(",") if default else []
        assert variable.get("default") == default, name
        described = re.sub("^true:", "yes:", variable["description"])
        assert described == parameter["Description"].replace(" - ", ": ")
        check = variable["validation"][0]["condition"] if "validation" in variable else ""
        assert (parameter.get("AllowedPattern") or "") in check.replace("\\\\", "\\")
        for limit in (str(parameter[key]) for key in ("MinValue", "MaxValue") if key in parameter):
            assert limit in check
        assert bool(check) == bool({"AllowedPattern", "AllowedValues", "MinValue"} & set(parameter)) - is_switch


@pytest.mark.parametrize(("folder", "names"), [("role", ["role"]), ("endpoint", ["endpoint", "alarms"])])
def test_resources_and_outputs_have_the_names_of_the_templates(folder, names):
    there = {logical: each["Type"] for name in names for logical, each in template(name)["Resources"].items()}
    expected = {(KINDS[kind], snake(logical)) for logical, kind in there.items() if kind in KINDS}
    if folder == "role":
        expected |= {("aws_iam_role_policy_attachment", "key_policy")}  # a property of the policy in CloudFormation
    else:
        expected |= {("aws_cloudwatch_metric_alarm", name) for name in ("single", "computed")}
    assert set(blocks(folder, "resource")) == expected
    outputs = {snake(output) for name in names for output in template(name)["Outputs"]}
    assert {name for name, _ in blocks(folder, "output")} == outputs


def leaves(value, name=""):
    """The properties below, by their own names, with their values; a list of texts is one value."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each, key)
    elif isinstance(value, list) and isinstance(value[0], dict):
        for each in value:
            yield from leaves(each, name)
    else:
        yield RENAMED.get(snake(name), snake(name)), str(value)


def filled(value, given):
    """What Terraform would make of a value; of dynamic blocks the content. Other expressions stay as they are."""
    if isinstance(value, dict):
        found = {key: filled(each, given) for key, each in value.items() if key not in META}
        for block in value.get("dynamic", []):
            found |= {name: filled(inner["content"], given) for name, inner in block.items()}
        return found
    if isinstance(value, list):
        return [filled(each, given) for each in value]
    if not isinstance(value, str):
        return value
    if whole := re.fullmatch(r'\$\{(?:var\.\w+ == "" \? null : )?(?:var|local)\.(\w+)\}', value):
        return filled(given[whole[1]], given)
    return re.sub(r"\$\{var\.(\w+)\}", lambda name: str(given[name[1]]), value)


def values(parameters, given):
    """The variables' values: those given, else the defaults."""
    there = {name: given.get(name, each.get("Default")) for name, each in parameters.items()}
    lists = {name for name, each in parameters.items() if each["Type"] == "CommaDelimitedList"}
    return {snake(name): value.split(",") if name in lists else value for name, value in there.items()}


def test_the_endpoint_has_the_properties_of_the_template(stack):
    given = values(template("endpoint")["Parameters"], ENDPOINT | EVERYTHING)
    ours = blocks("endpoint", "resource")
    for logical, resource in stack("endpoint", ENDPOINT | EVERYTHING).items():
        kind = KINDS[resource.kind]
        found = filled(ours[kind, snake(logical)], given)
        if kind == "aws_sagemaker_model":
            expression = found["primary_container"][0].pop("environment")
            told = re.findall(r'(SAGEMAKER_\w+) = (?:"(\w+)"|var\.(\w+))', expression)
            environment = resource.properties["PrimaryContainer"].pop("Environment")
            assert {name: text or given[variable] for name, text, variable in told} == environment
        left = sorted(pair for pair in leaves(resource.properties) if pair[0] not in ELSEWHERE)
        right = sorted(pair for pair in leaves(found) if pair[0] not in ELSEWHERE.get(kind, ()))
        assert [key for key, _ in left] == [key for key, _ in right]
        for (key, value), (_, other) in zip(left, right, strict=True):
            assert value == other or "${aws_" in other, (logical, key, value, other)


def alarm(properties):
    """An alarm of the template in the words of Terraform's tables."""
    queries = properties.get("Metrics", [])
    (computed,) = [query for query in queries if "Expression" in query] or [{}]
    stats = [query["MetricStat"] for query in queries if "MetricStat" in query]
    metric = stats[0]["Metric"] if stats else properties
    told = {
        "description": properties["AlarmDescription"],
        "namespace": metric["Namespace"],
        "dimensions": {each["Name"]: each["Value"] for each in metric["Dimensions"]},
        "threshold": properties["Threshold"],
    }
    if computed:
        names = {query["Id"]: query["MetricStat"]["Metric"]["MetricName"] for query in queries if query is not computed}
        more = {key.lower(): value for key, value in computed.items()}
        assert (properties["EvaluationPeriods"], properties["DatapointsToAlarm"]) == (5, 3)
        assert {(stat["Stat"], stat["Period"]) for stat in stats} == {(stats[0]["Stat"], 60)}
        assert properties["ComparisonOperator"] == "GreaterThanThreshold"
        return told | more | {"metrics": names, "stat": stats[0]["Stat"]}
    return told | {
        "metric": properties["MetricName"],
        "stat": properties.get("Statistic") or properties["ExtendedStatistic"],
        "period": properties["Period"],
        "operator": properties["ComparisonOperator"],
        "periods": properties["EvaluationPeriods"],
        "datapoints": properties["DatapointsToAlarm"],
    }


def test_the_alarms_are_those_of_the_template(stack):
    (constants,) = plain(hcl2.loads((TERRAFORM / "endpoint/alarms.tf").read_text("utf-8")))["locals"]
    given = values(template("alarms")["Parameters"], {"EndpointName": "reviews"}) | constants
    made = stack("alarms", {"EndpointName": "reviews"}).values()
    alarms = [each.properties for each in made if each.kind == "AWS::CloudWatch::Alarm"]
    for table, is_computed in (("single", False), ("computed", True)):
        expected = {each["AlarmName"]: alarm(each) for each in alarms if ("Metrics" in each) == is_computed}
        assert {f"reviews-{name}": each for name, each in filled(constants[table], given).items()} == expected


def test_the_role_s_documents_are_those_of_docs_iam():
    text = (TERRAFORM / "role/main.tf").read_text("utf-8")
    assert re.search(r"names += \[(.*)\]", text)[1] == ", ".join(f'"{name}"' for name in policies.names())
    assert set(re.findall(r'"/\\\\b([A-Z]+)\\\\b/"', text)) == set(policies.WORDS)
    assert set(re.findall(r'local\.documents\["(.+?)"\]', text)) == set(policies.names())
