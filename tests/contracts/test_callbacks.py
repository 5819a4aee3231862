"""Every exported callback keeps the contract of the project; checks_callbacks.py says what that is."""

import pytest

from tests.contracts.catalog import CALLBACKS
from tests.contracts.checks_callbacks import CHECKS
from tests.contracts.discover import exported
from tests.contracts.rows import assert_all_have_rows, assert_exemptions_are_needed, cases


@pytest.mark.parametrize(("row", "check"), cases(CALLBACKS, CHECKS))
def test_callback_keeps_its_contract(row, check):
    check(row)


def test_every_exported_callback_has_a_row():
    assert_all_have_rows(exported("callbacks"), CALLBACKS)


def test_callback_exemptions_are_needed():
    assert_exemptions_are_needed(CALLBACKS, CHECKS)
