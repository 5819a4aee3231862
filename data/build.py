"""Rebuild every file of data/ bit for bit from the copies that scikit-learn and scikit-image carry; no network.

    python data/build.py            writes the files and the table of README.md
    python data/build.py --check    writes nothing; exit code 1 and the names of what differs

The split. Within each class (for diabetes: each fifth of the rows by target) rows are ordered by the SHA-256 of
their features as text, and the first quarter is the test part; rows with equal features have equal hashes and stay
together. Both parts are stored in the order of a second hash, which mixes the classes. No random generator is
involved, so no library version can change the split. Pictures are single: they have no split.
"""

import argparse
import csv
import hashlib
import io
import sys
import zipfile
from pathlib import Path

import numpy as np
from scipy import ndimage
from skimage import data as pictures
from skimage import filters, measure, morphology, segmentation
from sklearn import datasets as bundled

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from dlcourse.datasets.catalog import DATASETS, FILES, MASKED, PHOTOGRAPHS  # noqa: E402

BEGIN, END = "<!-- files: begin -->", "<!-- files: end -->"
DIABETES = {
    "bp": "blood_pressure",
    "s1": "total_cholesterol",
    "s2": "ldl",
    "s3": "hdl",
    "s4": "cholesterol_ratio",
    "s5": "log_triglycerides",
    "s6": "glucose",
}


def column(name):
    """A column name without spaces, brackets and slashes.

    >>> column("sepal length (cm)")
    'sepal_length_cm'
    """
    name = DIABETES.get(name, name)
    return name.replace("(", "").replace(")", "").replace("/", "_").replace(" ", "_")


def as_text(values):
    """One column of numbers as text: integers without a point if all are, else the shortest decimals.

    Rounded to ten places, as the diabetes copy of scikit-learn 1.6 has 4.803999999999999 where later ones have 4.804.

    >>> as_text([4.803999999999999, 5.0])
    ['4.804', '5.0']
    """
    values = [round(float(v), 10) for v in values]
    return [str(int(v)) if all(map(float.is_integer, values)) else repr(v) for v in values]


def read_table(name):
    """(header, rows) of a tabular data set as text, the target last."""
    options = {"scaled": False} if name == "diabetes" else {}
    source, spec = getattr(bundled, f"load_{name}")(**options), DATASETS[name]
    columns = [as_text(values) for values in source.data.T]
    target = [spec.classes[int(y)] for y in source.target] if spec.classes else as_text(source.target)
    header = [*(column(str(feature)) for feature in source.feature_names), spec.target]
    return header, list(zip(*columns, target, strict=True))


def as_csv(header, rows):
    """The table as UTF-8 bytes with LF line ends."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8")


def as_npz(arrays):
    """A `.npz` whose bytes depend on the arrays alone: uncompressed, no time stamps, one header version."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as file:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
            file.writestr(entry, content.getvalue())
    return out.getvalue()


def fifths(values):
    """Stratum 0..4 of each value by its rank; equal values share a stratum."""
    values = np.asarray([float(v) for v in values])
    below = (values[None, :] < values[:, None]).sum(axis=1)  # (n,) how many are smaller
    return (5 * below // len(values)).tolist()


def quotas(sizes, total):
    """Test rows of each stratum: proportional to its size, summing to `total`, by largest remainder.

    >>> quotas([50, 50, 50], 38)
    [13, 13, 12]
    """
    counts = [size * total // sum(sizes) for size in sizes]
    by_remainder = sorted(range(len(sizes)), key=lambda i: -(sizes[i] * total % sum(sizes)))
    for i in by_remainder[: total - sum(counts)]:
        counts[i] += 1
    return counts


def split(name, features, strata):
    """(train, test) row numbers: see the top of this file.  features: n strings, strata: n labels"""
    if len(set(zip(features, strata, strict=True))) != len(set(features)):
        raise SystemExit(f"{name}: equal rows lie in different strata; the split cannot keep them together.")
    digest, order = (
        [hashlib.sha256(f"{use}:{name}:{text}".encode()).hexdigest() for text in features] for use in ("side", "order")
    )
    ranked = sorted(range(len(features)), key=lambda i: (digest[i], i))
    members = [[i for i in ranked if strata[i] == stratum] for stratum in sorted(set(strata))]
    test = set()
    for rows, quota in zip(members, quotas([len(m) for m in members], -(-len(features) // 4)), strict=True):
        while quota < len(rows) and digest[rows[quota]] == digest[rows[quota - 1]]:
            quota += 1
        test.update(rows[:quota])
    mixed = sorted(range(len(features)), key=lambda i: (order[i], i))
    parts = [i for i in mixed if i not in test], [i for i in mixed if i in test]
    return tuple(np.array(part, "<u2") for part in parts)


def picture(name):
    """Pixels (h, w) uint8 of a photograph: the top left corner, as large as the catalog says, of scikit-image's."""
    height, width, _ = PHOTOGRAPHS[name].shape
    source = getattr(pictures, name)()
    if source.dtype != np.uint8 or source.ndim != 2 or source.shape < (height, width):
        raise SystemExit(f"{name}: scikit-image's copy is no longer a grey picture of {height} x {width} or more.")
    return source[:height, :width]


def coins():
    """{"image", "instances"} of the coins, both (303, 384) uint8.

    The seeds are what is surely background (under 30) and surely coin (over 150); a watershed on the Sobel edges grows
    them to the rims; holes are filled, specks under the size of a disk of radius 3 go, and the pieces are numbered
    as a scan by rows meets them.
    """
    image = pictures.coins()
    seeds = np.where(image > 150, 2, np.where(image < 30, 1, 0))
    inside = ndimage.binary_fill_holes(segmentation.watershed(filters.sobel(image), seeds) == 2)
    return {"image": image, "instances": numbered("coins", ndimage.binary_opening(inside, morphology.disk(3)))}


def cell():
    """{"image", "instances"} of the cell, both (256, 256) uint8: Otsu's threshold on the smoothed picture; a cut."""
    image = pictures.cell()
    smooth = filters.gaussian(image, 2)
    inside = ndimage.binary_fill_holes(smooth > filters.threshold_otsu(smooth))
    cut = slice(249, 505), slice(294, 550)  # the other two thirds are empty
    return {"image": image[cut], "instances": numbered("cell", inside[cut])}


def horse():
    """{"instances"} of the horse, (328, 400) uint8: scikit-image's picture is False where the horse is."""
    return {"instances": (~pictures.horse()).astype("uint8")}


def numbered(name, mask):
    """The pieces of the mask (h, w) as uint8 labels 1, 2, ...; they must be as many as the catalog says."""
    labels = measure.label(mask)
    if labels.max() != MASKED[name].objects:
        raise SystemExit(f"{name}: the mask has {labels.max()} objects, the catalog says {MASKED[name].objects}.")
    return labels.astype("uint8")


def build():
    """{file name: bytes} of every data file."""
    files, parts = {}, {}
    source = bundled.load_digits()
    images, labels = source.images.astype("uint8"), source.target.astype("uint8")
    if not np.array_equal(images, source.images):
        raise SystemExit("digits: the pixels are no longer whole numbers.")
    files["digits.npz"] = as_npz({"images": images, "labels": labels})
    parts["digits"] = split("digits", [image.tobytes().hex() for image in images], labels.tolist())
    for name in ("iris", "wine", "breast_cancer", "diabetes"):
        header, rows = read_table(name)
        files[f"{name}.csv"] = as_csv(header, rows)
        target = [row[-1] for row in rows]
        strata = target if DATASETS[name].classes else fifths(target)
        parts[name] = split(name, [",".join(row[:-1]) for row in rows], strata)
    rows = {f"{name}_train": train for name, (train, _) in parts.items()}
    rows |= {f"{name}_test": test for name, (_, test) in parts.items()}
    files["splits.npz"] = as_npz(rows)
    files |= {photo.file: as_npz({"image": picture(photo.name)}) for photo in PHOTOGRAPHS.values()}
    files |= {f"{make.__name__}.npz": as_npz(make()) for make in (cell, coins, horse)}
    return files


def readme_table():
    """The Markdown table of README.md, from the catalog."""
    lines = ["| file | what it is | n | source | licence | bytes | SHA-256 |", "|---|---|---|---|---|---|---|"]
    lines += [
        f"| `{f.name}` | {f.what} | {f.n} | {f.source} | {f.licence} | {f.size} | `{f.sha256}` |"
        for f in FILES.values()
    ]
    return "\n".join(lines)


def with_table(text):
    """README.md with its table put in afresh."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{readme_table()}\n{END}{rest.partition(END)[2]}"


def main():
    """Write, or with --check compare; 0 when everything agrees, 1 otherwise."""
    parser = argparse.ArgumentParser(description="Rebuild data/ from scikit-learn's and scikit-image's copies.")
    parser.add_argument("--check", action="store_true", help="compare only; exit code 1 if anything differs")
    parser.add_argument("--folder", type=Path, default=HERE, help="where the files lie (default: beside this script)")
    options = parser.parse_args()
    wrong, files = [], build()
    for name, content in files.items():
        digest, path = hashlib.sha256(content).hexdigest(), options.folder / name
        if (FILES[name].size, FILES[name].sha256) != (len(content), digest):
            wrong.append(f'{name}: dlcourse/datasets/catalog.py should say size={len(content)}, sha256="{digest}"')
        if not options.check:
            path.write_bytes(content)
        elif not path.is_file() or path.read_bytes() != content:
            wrong.append(f"{name}: {path} {'differs' if path.is_file() else 'is missing'}")
    wrong += [f"{name}: in the catalog, but not built" for name in FILES if name not in files]
    readme = options.folder / "README.md"
    text = readme.read_text("utf-8")
    if not options.check:
        readme.write_text(with_table(text), "utf-8", newline="\n")
    elif text != with_table(text):
        wrong.append(f"README.md: its table is not the catalog's ({readme})")
    print("\n".join(wrong) if wrong else f"{len(files)} files and README.md agree")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
