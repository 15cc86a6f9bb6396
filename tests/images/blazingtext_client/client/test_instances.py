import pytest
from blazingtext_client.client.instances import check
from smcontract.errors import UserError


@pytest.mark.parametrize(
    ("mode", "instance_type", "count"),
    [
        ("batch_skipgram", "ml.c4.2xlarge", 2),
        ("batch_skipgram", "ml.m5.large", 1),
        ("skipgram", "ml.c5.xlarge", 1),
        ("cbow", "ml.p3.8xlarge", 1),
        ("supervised", "ml.p3.2xlarge", 1),
        ("supervised", "ml.c5.4xlarge", 1),
        ("supervised", "ml.g4dn.16xlarge", 1),
    ],
)
def test_what_blazingtext_can_use(mode, instance_type, count):
    check(mode, instance_type, count)


@pytest.mark.parametrize(
    ("mode", "instance_type", "count", "sentence"),
    [
        ("skipgram", "ml.c5.xlarge", 2, "mode skipgram runs on one instance, not on 2: only batch_skipgram"),
        ("cbow", "ml.p3.2xlarge", 3, "mode cbow runs on one instance"),
        ("supervised", "ml.c5.xlarge", 2, "mode supervised runs on one instance"),
        ("batch_skipgram", "ml.p3.2xlarge", 1, "mode batch_skipgram runs on CPUs, ml.p3.2xlarge has GPUs"),
        ("supervised", "ml.p3.8xlarge", 1, "mode supervised uses one GPU, ml.p3.8xlarge has several"),
        ("supervised", "ml.g5.12xlarge", 1, "mode supervised uses one GPU"),
        ("cbow", "ml.p5.48xlarge", 1, "does not support ml.p5.48xlarge"),
        ("cbow", "ml.trn1.2xlarge", 1, "does not support ml.trn1.2xlarge"),
        ("cbow", "c5.xlarge", 1, '"c5.xlarge" is not an instance type: expected one like ml.c5.2xlarge'),
        ("cbow", "ml.c5", 1, "is not an instance type"),
        ("batch_skipgram", "ml.c5.xlarge", 0, "the number of instances is 0"),
    ],
)
def test_what_it_cannot_use_is_refused(mode, instance_type, count, sentence):
    with pytest.raises(UserError, match=sentence):
        check(mode, instance_type, count)
