"""What lies in `data/`: one row a file with its hash, one row a data set or a photograph with its form.

The hashes in `FILES` are the only ones the code holds to; `data/build.py` prints a row whose file has changed.
"""

from dataclasses import dataclass

from dlcourse.settings import nearest

UCI = "CC BY 4.0 (UCI)"
CC0 = "CC0 (no rights reserved)"


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


@dataclass(frozen=True)
class Photograph:
    """One picture: it has no labels and no split."""

    name: str
    file: str
    shape: tuple[int, int, int]  # height, width, channels


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
        File(
            name="camera.npz",
            what="photograph of a man with a camera on a tripod, grey values 0..255",
            n=1,
            size=262388,
            sha256="c22eced70be0291cfd331fbc5dd08659913873cc51b14b1b29af62d9a1971ca2",
            source="Lav Varshney, in scikit-image 0.26",
            licence=CC0,
        ),
        File(
            name="brick.npz",
            what="texture, a brick wall, grey values 0..255",
            n=1,
            size=65780,
            sha256="d9c057c322b866992d5390bf8dd597dd57bdb546df094441fc362665db0a28a6",
            source="CC0Textures, Bricks25, in scikit-image 0.26",
            licence=CC0,
        ),
        File(
            name="grass.npz",
            what="texture, grass, grey values 0..255",
            n=1,
            size=65780,
            sha256="293f6f07fd7927b60eba8d719e56885bd144a2c68f304420c3b376dc716d3be9",
            source="DeviantArt, linolafett, Grass-01, in scikit-image 0.26",
            licence=CC0,
        ),
        File(
            name="gravel.npz",
            what="texture, gravel, grey values 0..255",
            n=1,
            size=65780,
            sha256="5861ba02904e0b076a94d61995edbfdd174927cfef621eba1aad5acd7547d290",
            source="CC0Textures, Gravel04, in scikit-image 0.26",
            licence=CC0,
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

PHOTOGRAPHS = {
    row.name: row
    for row in (
        Photograph(name="camera", file="camera.npz", shape=(512, 512, 1)),
        Photograph(name="brick", file="brick.npz", shape=(256, 256, 1)),
        Photograph(name="grass", file="grass.npz", shape=(256, 256, 1)),
        Photograph(name="gravel", file="gravel.npz", shape=(256, 256, 1)),
    )
}


def find(name):
    """The `DataSet` row called `name`.

    >>> find("iris").classes
    ('setosa', 'versicolor', 'virginica')

    Raises:
        ValueError: there is none; the message names the nearest. A photograph is no data set.
    """
    if name in PHOTOGRAPHS:
        raise ValueError(
            f"{name!r} is a photograph, one picture without labels and split, not a data set. "
            f"Use datasets.photograph({name!r}) for its pixels."
        )
    if name not in DATASETS:
        raise ValueError(f"there is no data set called {name!r}. {nearest(name, DATASETS)}")
    return DATASETS[name]
