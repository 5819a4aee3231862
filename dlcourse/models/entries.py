"""The table of models: what is known of each, by name."""

from dataclasses import dataclass

from dlcourse.settings import nearest

_ENTRIES = {}


@dataclass(frozen=True)
class Entry:
    """A row of the table of models.

    params: parameters at the paper's input size and 1,000 classes, or at `classes`; trainable: those that are trained,
    where a source gives them; reference: who says so; imagenet: the name of its twin in `keras.applications`
    """

    name: str
    family: object
    variant: object
    params: int
    reference: str
    trainable: int | None = None
    classes: int = 1000
    imagenet: str | None = None


def record(entry):
    """Enter a model into the table."""
    _ENTRIES[entry.name.lower()] = entry


def entries():
    """All entries, in the order in which they were recorded."""
    return list(_ENTRIES.values())


def find(name):
    """The `Entry` of the model `name`, in any case.

    Raises:
        ValueError: no such model; the nearest is named.
    """
    if not isinstance(name, str):
        raise ValueError(f"A model is created by its name, a string such as 'resnet50', got {name!r}.")
    if name.lower() not in _ENTRIES:
        names = [entry.name for entry in _ENTRIES.values()]
        close = nearest(name.lower(), list(_ENTRIES))
        raise ValueError(f"There is no model {name!r} among the {len(names)} of list_models(). {close}")
    return _ENTRIES[name.lower()]
