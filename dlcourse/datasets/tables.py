"""The data sets as tables, their names, and the rows of the fixed split."""

import csv
import io

import numpy as np
import pandas as pd

from dlcourse.datasets.catalog import DATASETS, FILES, MASKED, PHOTOGRAPHS, find
from dlcourse.datasets.store import read


def table(name) -> pd.DataFrame:
    """A tabular data set as a DataFrame with unscaled values and the target last; a fresh copy at each call.

    >>> table("iris").shape
    (150, 5)
    >>> table("diabetes")["progression"].mean().round(1)
    np.float64(152.1)

    Raises:
        ValueError: unknown name, or a set of images.
    """
    row = find(name)
    if not row.file.endswith(".csv"):
        raise ValueError(f"{name!r} is a set of images, not a table. Use datasets.{name}() for its arrays.")
    header, *rows = csv.reader(io.StringIO(read(row.file).decode("utf-8")))
    return pd.DataFrame(
        {column: _typed(values) for column, values in zip(header, zip(*rows, strict=True), strict=True)}
    )


def _typed(texts):
    """The column as integers, else as the nearest floats, else as it is; `pd.read_csv` may be off by the last bit."""
    for kind in (int, float):
        try:
            return [kind(text) for text in texts]
        except ValueError:
            continue
    return list(texts)


def split(name) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers `(train, test)` of the fixed split, int64, in a fixed mixed order.

    A quarter is the test part, stratified by class (for a regression by fifths of the target). Rows with equal
    features are on the same side. The order is that of a hash of the row, so no class comes in one run, and
    `validation_split` or a first batch is a fair sample.

    >>> train, test = split("iris")
    >>> len(train), len(test)
    (112, 38)
    >>> table("iris").iloc[test]["species"].value_counts().max()
    np.int64(13)

    Raises:
        ValueError: unknown name.
    """
    find(name)
    with np.load(io.BytesIO(read("splits.npz")), allow_pickle=False) as rows:
        return rows[f"{name}_train"].astype("int64"), rows[f"{name}_test"].astype("int64")


def class_names(name) -> list[str]:
    """Names of the classes in the order of the labels 0, 1, ...

    >>> class_names("breast_cancer")
    ['malignant', 'benign']

    Raises:
        ValueError: unknown name, or a regression, which has no classes.
    """
    row = find(name)
    if not row.classes:
        raise ValueError(f"{name!r} is a {row.task} of {row.target!r} and has no classes.")
    return list(row.classes)


def feature_names(name) -> list[str]:
    """Names of the features in the order of the columns of `x`.

    >>> feature_names("iris")[0]
    'sepal_length_cm'

    Raises:
        ValueError: unknown name, or a set of images.
    """
    return [column for column in table(name).columns if column != find(name).target]


def list_datasets() -> pd.DataFrame:
    """One row a data set or picture: name, task, train, test, shape, classes, full, licence.

    `train` and `test` count the examples of the shipped set, `shape` is that of one example, `classes` is missing
    for a regression, and `full` names what `size="full"` gives instead. A row of the task "photograph" is one
    picture for `datasets.photograph(name)`, of the task "instances" one for `datasets.cells(name)`, of the task
    "silhouette" one for `datasets.silhouette(name)`: `train`, `test` and `classes` are missing, as it has no split.

    >>> list_datasets()[["name", "train", "test"]].to_string(index=False).splitlines()[1].split()
    ['digits', '1347', '450']
    """
    rows = []
    for row in DATASETS.values():
        train, test = split(row.name)
        rows.append(
            {
                "name": row.name,
                "task": row.task,
                "train": len(train),
                "test": len(test),
                "shape": row.shape,
                "classes": len(row.classes) or None,
                "full": row.full,
                "licence": FILES[row.file].licence,
            }
        )
    for row in (*PHOTOGRAPHS.values(), *MASKED.values()):
        rows.append(
            {
                "name": row.name,
                "task": getattr(row, "task", "photograph"),
                "shape": row.shape,
                "full": "",
                "licence": FILES[row.file].licence,
            }
        )
    return pd.DataFrame(rows).astype({"train": "Int64", "test": "Int64", "classes": "Int64"})
