"""Requests without launch.py, as people paste them into a shell: with curl, and from Python with boto3."""

import json
import shlex
from collections.abc import Mapping

from driver.aws.target import Target

_BODY = json.dumps({"instances": ["a text"]})


def of_endpoint(target: Target, endpoint: str, credentials: str) -> list[str]:
    """Return the lines that ask an endpoint; `credentials` is the command that prints exports of the access key.

    Both ask the same. Each is complete: the address, the region and where the key comes from.
    """
    url = f"{target.client('sagemaker-runtime').meta.endpoint_url}/endpoints/{endpoint}/invocations"
    call = f'invoke_endpoint(EndpointName="{endpoint}", ContentType="application/json", Body={_BODY!r})'
    return [
        "without launch.py, from a shell (the first line exports the access key):",
        f'eval "$({credentials})"',
        curl(url, target.region, {"Content-Type": "application/json"}, _BODY, has_token=not target.is_local),
        "or from Python, with boto3:",
        *python("sagemaker-runtime", target.region, target.endpoint_url, f'{call}["Body"].read().decode()'),
    ]


def of_body(target: Target, endpoint: str, body: str) -> dict[str, str]:
    """Return how curl, boto3 and the AWS CLI, by these names, ask an endpoint with a JSON body."""
    url = f"{target.client('sagemaker-runtime').meta.endpoint_url}/endpoints/{endpoint}/invocations"
    call = f'invoke_endpoint(EndpointName="{endpoint}", ContentType="application/json", Body={body!r})'
    where = f" --endpoint-url {shlex.quote(target.endpoint_url)}" if target.endpoint_url else ""
    return {
        "curl": curl(url, target.region, {"Content-Type": "application/json"}, body, has_token=not target.is_local),
        "boto3": "\n".join(
            python("sagemaker-runtime", target.region, target.endpoint_url, f'{call}["Body"].read().decode()')
        ),
        # fileb:// because versions 1 and 2 of the CLI read the bytes of an argument differently.
        "AWS CLI": f"printf %s {shlex.quote(body)} | aws sagemaker-runtime invoke-endpoint --region {target.region}"
        f"{where} --endpoint-name {endpoint} --content-type application/json --body fileb:///dev/stdin /dev/stdout",
    }


def of_emulator(url: str, region: str) -> list[str]:
    """Return the lines that ask the emulator what endpoints there are, once its key is exported."""
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "SageMaker.ListEndpoints"}
    return [curl(url, region, headers, "{}"), *python("sagemaker", region, url, 'list_endpoints()["Endpoints"]')]


def exporting(profile: str | None) -> str:
    """Return the command of the AWS CLI that prints exports of the user's key, of a role or of SSO too."""
    return "aws configure export-credentials --format env" + (f" --profile {shlex.quote(profile)}" if profile else "")


def curl(url: str, region: str, headers: Mapping[str, str], body: str, has_token: bool = False) -> str:
    """Return the command, which signs with the key of the environment; with `has_token` a session token too."""
    given = [f"--header {shlex.quote(f'{name}: {value}')}" for name, value in headers.items()]
    if has_token:  # curl does not send a header that is empty
        given.append('--header "X-Amz-Security-Token: $AWS_SESSION_TOKEN"')
    return " ".join([
        f'curl --aws-sigv4 "aws:amz:{region}:sagemaker" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"', *given,
        f"--data {shlex.quote(body)} {shlex.quote(url)}",
    ])  # fmt: skip


def python(service: str, region: str, url: str | None, call: str) -> list[str]:
    """Return the lines of a program for the shell that prints the answer to one call of boto3's client."""
    where = f', endpoint_url="{url}"' if url else ""
    return [
        "python3 - <<'END'",
        "import boto3",
        f'client = boto3.client("{service}", region_name="{region}"{where})',
        f"print(client.{call})",
        "END",
    ]
