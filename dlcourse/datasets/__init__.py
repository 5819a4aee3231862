"""Small real data sets that need no network, and safe ways to fetch and unpack larger ones.

>>> from dlcourse import datasets
>>> (x_train, y_train), (x_test, y_test) = datasets.iris(standardise=True)
>>> datasets.class_names("iris")
['setosa', 'versicolor', 'virginica']
"""

from dlcourse.datasets.archive import unpack
from dlcourse.datasets.download import fetch
from dlcourse.datasets.images import digits
from dlcourse.datasets.photographs import photograph
from dlcourse.datasets.store import verify
from dlcourse.datasets.tables import class_names, feature_names, list_datasets, split, table
from dlcourse.datasets.vectors import breast_cancer, diabetes, iris, wine

__all__ = [
    "breast_cancer",
    "class_names",
    "diabetes",
    "digits",
    "feature_names",
    "fetch",
    "iris",
    "list_datasets",
    "photograph",
    "split",
    "table",
    "unpack",
    "verify",
    "wine",
]
