"""Every exported model keeps the contract of the project; checks_models.py says what that is."""

import pytest

from tests.contracts.catalog import MODELS
from tests.contracts.checks_models import CHECKS
from tests.contracts.discover import exported
from tests.contracts.rows import assert_all_have_rows, assert_exemptions_are_needed, cases


@pytest.mark.parametrize(("row", "check"), cases(MODELS, CHECKS))
def test_model_keeps_its_contract(row, check):
    check(row)


def test_every_exported_model_has_a_row():
    assert_all_have_rows(exported("models"), MODELS)


def test_model_exemptions_are_needed():
    assert_exemptions_are_needed(MODELS, CHECKS)
