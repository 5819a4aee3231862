"""What lies in `data/`: one row a file with its hash, one row a data set with its form.

The hashes in `FILES` are the only ones the code holds to; `data/build.py` prints a row whose file has changed.
"""

from dataclasses import dataclass

from dlcourse.settings import nearest

UCI = "CC BY 4.0 (UCI)"


@dataclass(frozen=True)
class File:
    """One file of `data/`: its name, what it holds, its size in bytes, its SHA-256, and where it is from."""

    name: str
    what: str
    n: int  # rows, images or arrays
    size: int
    sha256: str
    source: str
    licence: str


@dataclass(frozen=True)
class DataSet:
    """One data set: `shape` is that of one example; a regression has no `classes`."""

    name: str
    file: str
    task: str
    target: str
    shape: tuple[int, ...]
    classes: tuple[str, ...] = ()  # in the order of the labels 0, 1, ...
    full: str = ""  # what size="full" gives


FILES = {
    file.name: file
    for file in (
        File(
            name="digits.npz",
            what="handwritten digits, 8x8 pixels of 0..16: the test part of optdigits",
            n=1797,
            size=117275,
            sha256="0c2aff3ad3efa4c983d74435f40847c3f2dea3c33f362c61616f7b067d84c8fe",
            source="Alpaydin & Kaynak 1998, UCI, doi:10.24432/C50P49",
            licence=UCI,
        ),
        File(
            name="iris.csv",
            what="sepals and petals of three species, in cm",
            n=150,
            size=3870,
            sha256="b6b8efc86732bc48c9fbddba53e2c191fd4f263c0ee98e2b1b7d3543e8d2121d",
            source="Fisher 1936, UCI, doi:10.24432/C56C76",
            licence=UCI,
        ),
        File(
            name="wine.csv",
            what="chemical analyses of wines from three cultivars of Piedmont",
            n=178,
            size=12773,
            sha256="74966c48cbc3053368665440a748c4209058fbc5e3ec30c955ee5783c88b80c7",
            source="Forina et al. 1986 and Aeberhard & Forina 1992, UCI, doi:10.24432/C5PC7J",
            licence=UCI,
        ),
        File(
            name="breast_cancer.csv",
            what="cell nuclei in images of breast masses, malignant or benign",
            n=569,
            size=124869,
            sha256="fefd0594fe431ad9205a996d0fb446ec2f093a41fbee00c6df7fcc29518b15c6",
            source="Street, Wolberg & Mangasarian 1993, UCI, doi:10.24432/C5DW2B",
            licence=UCI,
        ),
        File(
            name="diabetes.csv",
            what="ten measurements of a patient and the progression of the disease a year later",
            n=442,
            size=21326,
            sha256="9912d899ad88f210b641dc080dbb10de14098866d2b01668835f73e2b6079604",
            source="Efron, Hastie, Johnstone & Tibshirani 2004, doi:10.1214/009053604000000067",
            licence="none stated by its authors; distributed with scikit-learn (BSD-3-Clause)",
        ),
        File(
            name="splits.npz",
            what="the row numbers of the training and the test part of each data set",
            n=10,
            size=8664,
            sha256="5828e559a3f26a3bb9220f135588aa2f5ce4ff4f46fbc0c08128a744049c878c",
            source="data/build.py",
            licence="Apache-2.0",
        ),
    )
}

DATASETS = {
    row.name: row
    for row in (
        DataSet(
            name="digits",
            file="digits.npz",
            task="classification",
            target="labels",
            shape=(8, 8, 1),
            classes=tuple("0123456789"),
            full="MNIST",
        ),
        DataSet(
            name="iris",
            file="iris.csv",
            task="classification",
            target="species",
            shape=(4,),
            classes=("setosa", "versicolor", "virginica"),
        ),
        DataSet(
            name="wine",
            file="wine.csv",
            task="classification",
            target="cultivar",
            shape=(13,),
            classes=("barolo", "grignolino", "barbera"),
        ),
        DataSet(
            name="breast_cancer",
            file="breast_cancer.csv",
            task="classification",
            target="diagnosis",
            shape=(30,),
            classes=("malignant", "benign"),
        ),
        DataSet(name="diabetes", file="diabetes.csv", task="regression", target="progression", shape=(10,)),
    )
}


def find(name):
    """The `DataSet` row called `name`.

    >>> find("iris").classes
    ('setosa', 'versicolor', 'virginica')

    Raises:
        ValueError: there is none; the message names the nearest.
    """
    if name not in DATASETS:
        raise ValueError(f"there is no data set called {name!r}. {nearest(name, DATASETS)}")
    return DATASETS[name]
