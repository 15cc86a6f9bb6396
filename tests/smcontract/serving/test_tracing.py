import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smcontract.serving.tracing import members

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
ROOT = "1-67891233-abcdef012345678912345678"


def read(**headers):
    return json.loads(f'{{{members({name.replace("_", "-"): value for name, value in headers.items()})}"end": 0}}')


@pytest.mark.parametrize("parent", [f"00-{TRACE}-{SPAN}-01", f"cc-{TRACE}-{SPAN}-01-what-the-future-brings"])
def test_a_parent(parent):
    assert read(traceparent=parent) == {"trace_id": TRACE, "span_id": SPAN, "trace_flags": "01", "end": 0}


@pytest.mark.parametrize(
    "parent",
    [
        "",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE}-{SPAN}-01\n",
        f"00-{TRACE}-{SPAN}-01, 00-{TRACE}-{SPAN}-01",
        f'00-{TRACE}-{SPAN}-01", "status": 200, "x": "',
    ],
)
def test_what_is_not_one_is_left_out(parent):
    assert read(traceparent=parent) == {"end": 0}


@pytest.mark.parametrize("header", [f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1", f"Self=1-a;Root={ROOT}"])
def test_x_ray(header):
    assert read(x_amzn_trace_id=header) == {"xray_trace_id": ROOT, "end": 0}
    assert read(x_amzn_trace_id=header.replace("Root=1", "Root=2")) == {"end": 0}


def test_custom_attributes_may_have_one():
    found = read(x_amzn_sagemaker_custom_attributes=f"user=7,traceparent=00-{TRACE}-{SPAN}-01")
    assert found["trace_id"] == TRACE


@given(st.text(), st.text(), st.text())
def test_nothing_else_gets_into_the_log(parent, amazon, attributes):
    found = read(traceparent=parent, x_amzn_trace_id=amazon, x_amzn_sagemaker_custom_attributes=attributes)
    assert found.keys() <= {"trace_id", "span_id", "trace_flags", "xray_trace_id", "end"}


def test_a_line_has_it(client, caplog):
    caplog.set_level("INFO", "smcontract.serving.requestlog")
    asked = client()
    asked.post("/invocations", "a1", {"Content-Type": "text/plain", "traceparent": f"00-{TRACE}-{SPAN}-01"})
    asked.app.log.flush()
    assert json.loads(caplog.records[-1].getMessage())["trace_id"] == TRACE
