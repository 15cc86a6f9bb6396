"""deploy/role.yaml: the documents of docs/iam, filled in as their page fills them in, and no other."""

import json
from urllib.parse import unquote

import pytest

from docs import tables
from tests.deploy.conftest import client
from tests.docs.test_iam import filled_in

GIVEN = {"Bucket": "sagemaker-eu-west-1-123456789012", "RoleName": "text-images"}
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"


def documents(stack, parameters):
    """The policies that the stack has made, by the name of the file that each should be."""
    stack("role", parameters)
    iam = client("iam")
    attached = iam.list_attached_role_policies(RoleName="text-images")["AttachedPolicies"]
    trust = iam.get_role(RoleName="text-images")["Role"]["AssumeRolePolicyDocument"]
    made = {"role-trust.json": trust}
    for name in iam.list_role_policies(RoleName="text-images")["PolicyNames"]:
        inline = iam.get_role_policy(RoleName="text-images", PolicyName=name)["PolicyDocument"]
        made[{"text-images": "role.json", "text-images-network": "vpc.json"}[name]] = inline
    for policy in iam.list_policies(Scope="Local")["Policies"]:
        version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
        name = policy["PolicyName"].removeprefix("text-images-")
        made[{"key": "kms"}.get(name, name) + ".json"] = version["PolicyVersion"]["Document"]
    return {name: json.loads(unquote(each)) if isinstance(each, str) else each for name, each in made.items()}, [
        policy["PolicyName"] for policy in attached
    ]


def test_with_everything_it_has_the_documents_of_docs_iam(stack, tmp_path):
    made, attached = documents(stack, GIVEN | {"KeyId": KEY, "Network": "yes"})
    assert made == {name: json.loads(text) for name, text in filled_in(tmp_path).items()}
    assert attached == ["text-images-key"]


def test_without_a_key_and_a_network_it_has_no_policy_for_them(stack):
    made, attached = documents(stack, GIVEN)
    assert sorted(made) == ["caller.json", "push.json", "role-trust.json", "role.json"]
    assert attached == []


@pytest.mark.parametrize("template", tables.TEMPLATES)
def test_its_documents_are_as_docs_iam_has_them(template):
    text = (tables.REPOSITORY / template).read_text("utf-8")
    assert "<!-- table: policy " in text
    assert tables.renewed(text) == text, "write them again: .venvs/dev/bin/python -m docs.tables"
