"""Every exported initializer keeps the contract of the project; checks_initializers.py says what that is."""

import pytest

from tests.contracts.catalog import INITIALIZERS
from tests.contracts.checks_initializers import CHECKS
from tests.contracts.discover import exported
from tests.contracts.rows import assert_all_have_rows, assert_exemptions_are_needed, cases


@pytest.mark.parametrize(("row", "check"), cases(INITIALIZERS, CHECKS))
def test_initializer_keeps_its_contract(row, check):
    check(row)


def test_every_exported_initializer_has_a_row():
    assert_all_have_rows(exported("initializers"), INITIALIZERS)


def test_initializer_exemptions_are_needed():
    assert_exemptions_are_needed(INITIALIZERS, CHECKS)
