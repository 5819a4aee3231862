"""Every exported loss keeps the contract of the project; checks_losses.py says what that is."""

import pytest

from tests.contracts.catalog import LOSSES
from tests.contracts.checks_losses import CHECKS
from tests.contracts.discover import exported
from tests.contracts.rows import assert_all_have_rows, assert_exemptions_are_needed, cases


@pytest.mark.parametrize(("row", "check"), cases(LOSSES, CHECKS))
def test_loss_keeps_its_contract(row, check):
    check(row)


def test_every_exported_loss_has_a_row():
    assert_all_have_rows(exported("losses"), LOSSES)


def test_loss_exemptions_are_needed():
    assert_exemptions_are_needed(LOSSES, CHECKS)
