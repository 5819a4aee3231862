"""The rows of all families of classifiers; each family's own stand in catalog_<family>.py."""

from tests.contracts import (
    catalog_aggregated,
    catalog_early,
    catalog_inception,
    catalog_light,
    catalog_residual,
    catalog_vgg,
)

_FAMILIES = (catalog_aggregated, catalog_early, catalog_inception, catalog_light, catalog_residual, catalog_vgg)

ROWS = [row for family in _FAMILIES for row in family.ROWS]
ALIKE = {model: row for family in _FAMILIES for model, row in family.ALIKE.items()}
