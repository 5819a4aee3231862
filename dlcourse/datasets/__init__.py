"""Small real data sets and scenes made of them, without a network, and safe ways to fetch and unpack larger ones.

>>> from dlcourse import datasets
>>> (x_train, y_train), (x_test, y_test) = datasets.iris(standardise=True)
>>> datasets.class_names("iris")
['setosa', 'versicolor', 'virginica']
"""

from dlcourse.datasets.archive import unpack
from dlcourse.datasets.download import fetch
from dlcourse.datasets.images import digits
from dlcourse.datasets.masked import cells, silhouette
from dlcourse.datasets.oxford_pets import pets
from dlcourse.datasets.photographs import photograph
from dlcourse.datasets.scenes import Scenes, SceneStyle, digit_scenes
from dlcourse.datasets.store import verify
from dlcourse.datasets.tables import class_names, feature_names, list_datasets, split, table
from dlcourse.datasets.touching import touching_cells
from dlcourse.datasets.vectors import breast_cancer, diabetes, iris, wine

__all__ = [
    "SceneStyle",
    "Scenes",
    "breast_cancer",
    "cells",
    "class_names",
    "diabetes",
    "digit_scenes",
    "digits",
    "feature_names",
    "fetch",
    "iris",
    "list_datasets",
    "pets",
    "photograph",
    "silhouette",
    "split",
    "table",
    "touching_cells",
    "unpack",
    "verify",
    "wine",
]
