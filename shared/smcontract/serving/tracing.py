"""The trace that a request belongs to, as its headers say it: W3C Trace Context, and AWS X-Ray's.

Nothing of a header is passed on but what has the form of an id.
"""

import re
from collections.abc import Mapping

from smcontract.serving.messages import ATTRIBUTES

# "Trace Context", W3C Recommendation of 2021, sections 2.2 and 4: later versions may have more behind the flags.
_PARENT = re.compile(
    r"(?!ff)(?P<version>[0-9a-f]{2})-(?!0{32})(?P<trace>[0-9a-f]{32})-(?!0{16})(?P<span>[0-9a-f]{16})"
    r"-(?P<flags>[0-9a-f]{2})(?P<more>-[!-~]*)?"
)
_IN_ATTRIBUTES = re.compile(r"(?:^|[,;\s])traceparent=([0-9a-f-]{55})(?:$|[,;\s])")
_ROOT = re.compile(r"(?:^|;)\s*Root=(1-[0-9a-f]{8}-[0-9a-f]{24})\s*(?:$|;)")  # X-Ray developer guide, "Tracing header"
_ATTRIBUTES = ATTRIBUTES.lower()


def members(headers: Mapping[str, str]) -> str:
    """Return members of JSON for the log, each followed by ", "; nothing where there is no valid id.

    `trace_id`, `span_id` and `trace_flags` are those of OpenTelemetry's logs in other formats; `xray_trace_id` is
    X-Ray's. InvokeEndpoint hands only its own headers to a container, so custom attributes may have
    `traceparent=...` too.

    Example:
        >>> members({"x-amzn-trace-id": "Root=1-67891233-abcdef012345678912345678;Sampled=1"})
        '"xray_trace_id": "1-67891233-abcdef012345678912345678", '
        >>> members({"traceparent": '00-"}'})
        ''
    """
    parent, amazon = headers.get("traceparent"), headers.get("x-amzn-trace-id")
    if parent is None and (attributes := headers.get(_ATTRIBUTES)) and (inside := _IN_ATTRIBUTES.search(attributes)):
        parent = inside[1]
    found = ""
    if parent is not None and (valid := _PARENT.fullmatch(parent)) and not (valid["version"] == "00" and valid["more"]):
        found = f'"trace_id": "{valid["trace"]}", "span_id": "{valid["span"]}", "trace_flags": "{valid["flags"]}", '
    if amazon is not None and (root := _ROOT.search(amazon)):
        found += f'"xray_trace_id": "{root[1]}", '
    return found
