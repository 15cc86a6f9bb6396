"""Data capture: what an endpoint was asked and answered, as JSON Lines in S3.

The form is that of "Capture data from real-time endpoint" in SageMaker's developer guide. AWS gathers requests for some
minutes; here each has a file of its own, which is there when the request is answered.
"""

import base64
import json
import random
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from emulator.api.call import Call
from emulator.api.errors import invalid
from emulator.aws.locations import parse, require_bucket
from emulator.aws.s3 import Objects

MEMBER = "DataCaptureConfig"
_BOTH = "InputAndOutput"
_SAMPLED = random.SystemRandom()


def check(objects: Objects, config: Mapping[str, Any]) -> None:
    """Raise ApiError for an endpoint configuration whose captured requests would have nowhere to go."""
    if capture := config.get(MEMBER):
        require_bucket(objects, capture["DestinationS3Uri"], f"{MEMBER}.DestinationS3Uri")
        if not 0 <= capture["InitialSamplingPercentage"] <= 100:
            raise invalid(f"{MEMBER}.InitialSamplingPercentage must be from 0 to 100")


def keep(
    objects: Objects,
    config: Mapping[str, Any],
    call: Call,
    names: tuple[str, str],
    request: Mapping[str, str],
    bodies: tuple[bytes, bytes, str],
) -> None:
    """Keep a request if it is drawn. `names` are endpoint and variant, `bodies` what came, what went, and its type."""
    if not config.get("EnableCapture", True) or _SAMPLED.random() * 100 >= config["InitialSamplingPercentage"]:
        return
    asked, answered, answer_type = bodies
    modes = {option["CaptureMode"] for option in config["CaptureOptions"]}
    data = {}
    if modes & {"Input", _BOTH}:
        data["endpointInput"] = _part(config, "INPUT", asked, request.get("ContentType", ""))
    if modes & {"Output", _BOTH}:
        data["endpointOutput"] = _part(config, "OUTPUT", answered, answer_type)
    now = datetime.now(UTC)
    metadata: dict[str, Any] = {"eventId": call.request_id, "inferenceTime": now.strftime("%Y-%m-%dT%H:%M:%SZ")}
    if "InferenceId" in request:
        metadata["inferenceId"] = request["InferenceId"]
    if "CustomAttributes" in request:
        metadata["customAttributes"] = [request["CustomAttributes"]]
    line = json.dumps({"captureData": data, "eventMetadata": metadata, "eventVersion": "0"}) + "\n"
    name = f"{now:%M-%S}-{now.microsecond // 1000:03}-{secrets.token_hex(8)}.jsonl"
    place = parse(config["DestinationS3Uri"], MEMBER).below(*names, f"{now:%Y/%m/%d/%H}", name)
    if objects.bucket_exists(place.bucket):  # else the request is answered all the same
        objects.put(place.bucket, place.prefix, [line.encode()])


def _part(config: Mapping[str, Any], mode: str, body: bytes, content_type: str) -> dict[str, str]:
    kinds: Mapping[str, Sequence[str]] = config.get("CaptureContentTypeHeader", {})
    name = content_type.partition(";")[0].strip().lower()
    encoding = next((form for form in ("Csv", "Json") if name in kinds.get(f"{form}ContentTypes", ())), None)
    try:
        text = body.decode() if encoding else ""
    except UnicodeDecodeError:
        encoding = None
    data = text if encoding else base64.b64encode(body).decode()
    return {"observedContentType": content_type, "mode": mode, "data": data,
            "encoding": encoding.upper() if encoding else "BASE64"}  # fmt: skip
