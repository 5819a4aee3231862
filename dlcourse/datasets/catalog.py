"""What lies in `data/`: one row a file with its hash, one row a data set or a picture with its form.

The hashes in `FILES` are the only ones the code holds to; `data/build.py` prints a row whose file has changed.
"""

from dataclasses import dataclass

from dlcourse.settings import nearest

UCI = "CC BY 4.0 (UCI)"
CC0 = "CC0 (no rights reserved)"
BROOKLYN = "no known copyright restrictions (Brooklyn Museum)"


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


@dataclass(frozen=True)
class Masked:
    """One picture with an instance mask, or a silhouette, which is a mask alone: see `datasets.cells`."""

    name: str
    file: str
    task: str  # "instances" or "silhouette"
    shape: tuple[int, int, int]  # height, width, channels
    objects: int  # the mask's labels are 0 (background), 1, ..., objects


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
        File(
            name="cell.npz",
            what="quantitative phase image of a cell afloat in saline, grey values 0..255, and its mask",
            n=2,
            size=131546,
            sha256="11262ac88f677b6d689569adfa8810548c4411209d725d2942587b92c8b88c5e",
            source="Müller, Schürmann, Girardo, Cojoc & Guck 2018, doi:10.1364/OE.26.010729, in scikit-image 0.26",
            licence=CC0,
        ),
        File(
            name="coins.npz",
            what="photograph of 24 Greek coins from Pompeii, grey values 0..255, and their masks",
            n=2,
            size=233178,
            sha256="7733d6f8cd4130a0e4406c2786ec78291589b1aabb23e8da40818fd0ca949edc",
            source="Brooklyn Museum Collection, image 51611, in scikit-image 0.26",
            licence=BROOKLYN,
        ),
        File(
            name="horse.npz",
            what="silhouette of a horse, 0 or 1",
            n=1,
            size=131452,
            sha256="c994dbf9f09530436b899aff3e07eaf7719a633d35887a52a8285a004631175a",
            source="Andreas Preuss (marauder), openclipart 158377, in scikit-image 0.26",
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

MASKED = {
    row.name: row
    for row in (
        Masked(name="coins", file="coins.npz", task="instances", shape=(303, 384, 1), objects=24),
        Masked(name="cell", file="cell.npz", task="instances", shape=(256, 256, 1), objects=1),
        Masked(name="horse", file="horse.npz", task="silhouette", shape=(328, 400, 1), objects=1),
    )
}


def find(name):
    """The `DataSet` row called `name`.

    >>> find("iris").classes
    ('setosa', 'versicolor', 'virginica')

    Raises:
        ValueError: there is none; the message names the nearest. A single picture is no data set.
    """
    if name in MASKED:
        call = "silhouette" if MASKED[name].task == "silhouette" else "cells"
        raise ValueError(
            f"{name!r} is one picture with a mask and without a split, not a data set. Use datasets.{call}({name!r})."
        )
    if name in PHOTOGRAPHS:
        raise ValueError(
            f"{name!r} is a photograph, one picture without labels and split, not a data set. "
            f"Use datasets.photograph({name!r}) for its pixels."
        )
    if name not in DATASETS:
        raise ValueError(f"there is no data set called {name!r}. {nearest(name, DATASETS)}")
    return DATASETS[name]
