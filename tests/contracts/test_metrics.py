"""Every exported metric keeps the contract of the project; checks_metrics.py says what that is."""

import pytest

from tests.contracts.catalog import METRICS
from tests.contracts.checks_metrics import CHECKS
from tests.contracts.discover import exported
from tests.contracts.rows import assert_all_have_rows, assert_exemptions_are_needed, cases


@pytest.mark.parametrize(("row", "check"), cases(METRICS, CHECKS))
def test_metric_keeps_its_contract(row, check):
    check(row)


def test_every_exported_metric_has_a_row():
    assert_all_have_rows(exported("metrics"), METRICS)


def test_metric_exemptions_are_needed():
    assert_exemptions_are_needed(METRICS, CHECKS)
