"""The list of what of moto's tests cannot pass here."""

from bench.moto_tests import table
from bench.moto_tests.reasons import REASONS, sort


def test_the_page_has_every_reason_and_no_other():
    rows = table.PAGE.read_text().partition(table.MARKERS[0])[2].partition(table.MARKERS[1])[0].splitlines()
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows[4:]] == list(REASONS)


def test_a_failure_that_nobody_has_explained_has_no_reason():
    unknown = "tests.test_s3.test_s3::test_put_object"
    lost = {unknown: "assert 200 == 500", "tests.test_s3.test_s3_select::test_query_all": "refused"}
    assert sort(lost)[""] == {unknown: "assert 200 == 500"}
