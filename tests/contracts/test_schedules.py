"""Every exported schedule keeps the contract of the project; checks_schedules.py says what that is."""

import pytest

from tests.contracts.catalog import SCHEDULES
from tests.contracts.checks_schedules import CHECKS
from tests.contracts.discover import exported
from tests.contracts.rows import assert_all_have_rows, assert_exemptions_are_needed, cases


@pytest.mark.parametrize(("row", "check"), cases(SCHEDULES, CHECKS))
def test_schedule_keeps_its_contract(row, check):
    check(row)


def test_every_exported_schedule_has_a_row():
    assert_all_have_rows(exported("schedules"), SCHEDULES)


def test_schedule_exemptions_are_needed():
    assert_exemptions_are_needed(SCHEDULES, CHECKS)
