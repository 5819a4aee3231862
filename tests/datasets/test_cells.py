"""Real pictures with masks, and generated cells: masks whole, apart and true, and gaps that are hard to see."""

import numpy as np
import pandas as pd
import pytest
from scipy import ndimage
from skimage import data as pictures
from skimage import filters

from dlcourse import datasets
from dlcourse.datasets import cells, photograph, silhouette, table, touching_cells
from dlcourse.datasets.catalog import DATASETS, FILES, MASKED, PHOTOGRAPHS

EIGHT = np.ones((3, 3), bool)
INSTANCES = [row.name for row in MASKED.values() if row.task == "instances"]


@pytest.fixture(scope="module")
def made():
    """Forty generated pictures and their masks."""
    return touching_cells(40, size=96)


@pytest.mark.parametrize("name", INSTANCES)
def test_real_pictures_and_masks_have_their_form(name):
    image, instances = cells(name)
    assert image.shape == MASKED[name].shape and image.dtype == "float32" and instances.dtype == "uint8"
    assert instances.shape == image.shape[:2] and 0 <= image.min() and 0.8 < image.max() <= 1
    assert set(instances.ravel().tolist()) == set(range(MASKED[name].objects + 1))


@pytest.mark.parametrize("name", INSTANCES)
def test_every_object_is_one_piece_without_holes_brighter_than_its_surroundings_and_round(name):
    image, instances = cells(name)
    for number in range(1, MASKED[name].objects + 1):
        mask = instances == number
        assert ndimage.label(mask)[1] == 1 and np.array_equal(ndimage.binary_fill_holes(mask), mask)
        ring = ndimage.binary_dilation(mask, iterations=6) & (instances == 0)
        ring &= ~ndimage.binary_dilation(mask, iterations=2)
        assert image[mask].mean() > image[ring].mean() + 0.15
        height, width = (np.ptp(along) + 1 for along in np.nonzero(mask))
        assert 0.8 < height / width < 1.25 and abs(mask.sum() / (np.pi / 4 * height * width) - 1) < 0.1, "an ellipse"
    assert ndimage.label(instances > 0, EIGHT)[1] == MASKED[name].objects, "no two touch"


def test_the_pictures_are_scikit_images():
    coins, cell = (cells(name)[0][..., 0] * 255 for name in ("coins", "cell"))
    assert np.array_equal(np.rint(coins), pictures.coins())
    assert np.array_equal(np.rint(cell), pictures.cell()[249:505, 294:550])
    assert np.array_equal(silhouette("horse")[..., 0] == 0, pictures.horse())


def test_the_silhouette_is_a_horse_and_nothing_else():
    horse = silhouette()
    assert horse.dtype == "float32" and horse.shape == MASKED["horse"].shape and 0.3 < horse.mean() < 0.36
    assert set(horse.ravel().tolist()) == {0, 1} and horse[[0, -1]].max() == horse[:, [0, -1]].max() == 0


@pytest.mark.parametrize("read", [cells, lambda: (silhouette(),), lambda: touching_cells(2, size=64)])
def test_two_calls_are_equal_and_independent(read):
    first, second = read(), read()
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    for array in first:
        array[...] = 9
    assert all(np.array_equal(a, b) for a, b in zip(second, read(), strict=True))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: cells("coin"), "cells knows no picture called 'coin'. Did you mean coins"),
        (lambda: cells("horse"), "cells knows no picture called 'horse'. Known: coins, cell"),
        (lambda: silhouette("coins"), "silhouette knows no picture called 'coins'. Known: horse"),
        (lambda: table("coins"), r"'coins' is one picture with a mask .* Use datasets.cells\('coins'\)"),
        (lambda: table("horse"), r"Use datasets.silhouette\('horse'\)"),
        (lambda: photograph("cell"), "no photograph called 'cell'"),
    ],
)
def test_an_unknown_name(call, said):
    with pytest.raises(ValueError, match=said):
        call()


def test_they_are_listed_with_their_licence_and_without_a_split():
    assert not set(MASKED) & (set(DATASETS) | set(PHOTOGRAPHS))
    listed = datasets.list_datasets().set_index("name")
    for name, row in MASKED.items():
        line = listed.loc[name]
        assert line["task"] == row.task and line["shape"] == row.shape and pd.isna(line["train"])
        assert line["licence"] == FILES[row.file].licence and ("CC0" in line["licence"] or name == "coins")


def test_generated_forms(made):
    images, instances = made
    assert images.shape == (40, 96, 96, 1) and images.dtype == "float32" and instances.dtype == "uint8"
    assert images.min() >= 0 and images.max() <= 1 and instances.shape == (40, 96, 96)


def test_every_generated_cell_is_one_piece_and_touches_no_other(made):
    for instances in made[1]:
        pieces, count = ndimage.label(instances > 0, EIGHT)
        assert count == instances.max() == len(np.unique(instances)) - 1
        assert len({(a, b) for a, b in zip(pieces.ravel(), instances.ravel(), strict=True)}) == count + 1
        assert 1 <= count <= 20 and np.bincount(instances.ravel())[1:].min() > 20


def gap(instances):
    """Background pixels with two cells within one pixel."""
    low = ndimage.minimum_filter(np.where(instances > 0, instances, 255), footprint=EIGHT)
    return (instances == 0) & (ndimage.maximum_filter(instances, footprint=EIGHT) > low)


def test_most_cells_have_a_neighbour_across_a_gap_of_one_or_two_pixels(made):
    near = [
        ((instances != k) & (instances > 0) & ndimage.binary_dilation(instances == k, EIGHT, 2)).any()
        for instances in made[1]
        for k in range(1, instances.max() + 1)
    ]
    assert np.mean(near) > 0.8


def test_a_gap_is_darker_than_the_cells_and_brighter_than_the_background(made):
    images, instances = made[0][..., 0], made[1]
    gaps = np.array([gap(mask) for mask in instances])
    far = np.array([~ndimage.binary_dilation(mask > 0, EIGHT, 3) for mask in instances])
    bodies = np.array([ndimage.binary_erosion(mask > 0, EIGHT, 2) for mask in instances])
    dark, dim, bright = (images[where].mean() for where in (far, gaps, bodies))
    assert dark + 0.15 < dim < bright - 0.08 and 0.01 < gaps.mean() < 0.06


def test_a_threshold_makes_one_piece_of_many_cells(made):
    found = true = 0
    for image, instances in zip(made[0][..., 0], made[1], strict=True):
        found += ndimage.label(ndimage.binary_opening(image > filters.threshold_otsu(image)))[1]
        true += int(instances.max())
    assert found < 0.5 * true


def test_light_and_cells_vary():
    images, instances = touching_cells(60, size=64, noise=0)
    sides = [
        np.median(image[:, :16][mask[:, :16] == 0]) - np.median(image[:, -16:][mask[:, -16:] == 0])
        for image, mask in zip(images[..., 0], instances, strict=True)
    ]
    assert np.std(sides) > 0.01, "uneven light"
    areas = np.concatenate([np.bincount(mask.ravel())[1:] for mask in instances])
    assert np.percentile(areas, 90) > 1.8 * np.percentile(areas, 10)


def test_splits_and_seeds_give_other_cells():
    first, other = touching_cells(2, size=64, seed=0), touching_cells(2, size=64, seed=1)
    test = touching_cells(2, size=64, split="test")
    assert not any(np.array_equal(a[1], b[1]) for a, b in ((first, other), (first, test), (other, test)))


def test_one_cell_and_many_cells():
    assert touching_cells(5, size=64, cells=1)[1].max(axis=(1, 2)).tolist() == [1] * 5
    crowded = touching_cells(4, size=96, cells=(80, 80))[1]
    assert crowded.max(axis=(1, 2)).min() > 15
    smallest = min(np.bincount(mask.ravel())[1:].min() for mask in crowded)
    assert smallest >= 0.4 * np.pi * 0.65 * (96 / 16) ** 2, "four tenths of the smallest ellipse"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"n": 0}, "n >= 1 and size >= 48, got n=0"),
        ({"n": 1.5}, "whole numbers, got n=1.5"),
        ({"size": 32}, "got n=1, size=32"),
        ({"split": "val"}, r"the splits are .*'val'"),
        ({"cells": 0}, "cells is a number or a range .* got 0"),
        ({"cells": (5, 2)}, r"cells .* got \(5, 2\)"),
        ({"cells": (1, 300)}, "from 1 to 255"),
        ({"noise": 0.9}, r"noise must lie in \[0, 0.5\], got 0.9"),
    ],
)
def test_impossible_cells(arguments, said):
    with pytest.raises(ValueError, match=said):
        touching_cells(**{"n": 1, **arguments})
