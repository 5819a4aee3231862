"""Every exported layer keeps the contract of the project; checks_layers.py says what that is."""

import pytest

from tests.contracts.catalog import LAYERS
from tests.contracts.checks_layers import CHECKS
from tests.contracts.discover import exported
from tests.contracts.rows import assert_all_have_rows, assert_exemptions_are_needed, cases


@pytest.mark.parametrize(("row", "check"), cases(LAYERS, CHECKS))
def test_layer_keeps_its_contract(row, check):
    check(row)


def test_every_exported_layer_has_a_row():
    assert_all_have_rows(exported("layers"), LAYERS)


def test_layer_exemptions_are_needed():
    assert_exemptions_are_needed(LAYERS, CHECKS)
