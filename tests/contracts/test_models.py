"""Every exported model keeps the contract of the project; checks_models.py says what that is."""

from dataclasses import asdict

import pytest

from dlcourse.models.registry import find
from tests.contracts.catalog import MODELS, MODELS_ALIKE
from tests.contracts.checks_models import CHECKS
from tests.contracts.discover import exported
from tests.contracts.rows import assert_all_have_rows, assert_exemptions_are_needed, cases


@pytest.mark.parametrize(("row", "check"), cases(MODELS, CHECKS))
def test_model_keeps_its_contract(row, check):
    check(row)


def test_every_exported_model_has_a_row():
    assert_all_have_rows(exported("models"), MODELS, MODELS_ALIKE)


def test_model_exemptions_are_needed():
    assert_exemptions_are_needed(MODELS, CHECKS)


@pytest.mark.parametrize("model", MODELS_ALIKE, ids=lambda model: model.__name__)
def test_a_model_without_a_row_differs_from_one_with_a_row_in_numbers_alone(model):
    row, shrunk = MODELS_ALIKE[model]
    ours, covered = find(model.__name__), find(row.of.__name__)
    assert ours.family is covered.family
    different = {key for key, value in asdict(ours.variant).items() if value != asdict(covered.variant)[key]}
    assert different <= set(shrunk), f"{model.__name__} differs from {row.id} in {different}, the row shrinks {shrunk}"
    assert all(_form(ours.variant, key) == _form(covered.variant, key) for key in different)


def _form(variant, key):
    """What decides which code runs: whether a number is there, and how many numbers a tuple has."""
    value = getattr(variant, key)
    return len(value) if isinstance(value, tuple) else bool(value)
