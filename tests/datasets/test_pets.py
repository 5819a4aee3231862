"""`pets` against a local server with two tiny archives of the published structure."""

import contextlib
import hashlib
import importlib
import io
import tarfile

import numpy as np
import pytest
from PIL import Image

from dlcourse.datasets import fetch, pets, unpack
from tests.datasets.archives import tar_of

NAMES = {"trainval.txt": ["Abyssinian_100", "Abyssinian_101", "beagle_7", "pug_1"], "test.txt": ["Abyssinian_1"]}
COLOURS = {"Abyssinian_100": 200, "Abyssinian_101": 100, "beagle_7": 50, "pug_1": 0, "Abyssinian_1": 255}
module = importlib.import_module("dlcourse.datasets.oxford_pets")


def encoded(array, form):
    """A picture file as bytes."""
    out = io.BytesIO()
    Image.fromarray(array).save(out, form)
    return out.getvalue()


def archives(folder):
    """{file name: bytes}: pictures of one red level of 40 x 60, trimaps of three bands, and the two lists."""
    trimap = np.repeat(np.uint8([[2], [3], [1], [1]]), 10, axis=0).repeat(60, axis=1)  # (40, 60)
    pictures, notes = {}, {"annotations/README": b"three values"}
    for name, red in COLOURS.items():
        colour = np.zeros((40, 60, 3), "uint8")
        colour[..., 0] = red
        form = "PNG" if name == "pug_1" else "JPEG"  # a few of the real ones are not JPEG either
        pictures[f"images/{name}.jpg"] = encoded(colour, form)
        notes[f"annotations/trimaps/{name}.png"] = encoded(trimap, "PNG")
    for name, listed in NAMES.items():
        notes[f"annotations/{name}"] = "".join(f"{picture} 1 1 1\n" for picture in listed).encode()
    contents = {}
    for name, members in (("images.tar.gz", pictures), ("annotations.tar.gz", notes)):
        entries = [(tarfile.TarInfo(f"{name.partition('.')[0]}/"), b"")]
        entries[0][0].type = tarfile.DIRTYPE
        for path, content in members.items():
            entries.append((tarfile.TarInfo(path), content))
            entries[-1][0].size = len(content)
        contents[name] = tar_of(folder / name, entries, "w:gz").read_bytes()
    return contents


@pytest.fixture
def site(server, home, tmp_path, monkeypatch):
    """The server plays the site of the data set; its `asked` are the paths it was asked for."""
    contents, server.asked = archives(tmp_path), []

    def step(handler):
        server.asked.append(handler.path)
        handler.answer(contents[handler.path.rpartition("/")[2]])

    server.script = [step]
    monkeypatch.setattr(module, "SITE", server.url.rpartition("/")[0] + "/")
    monkeypatch.setattr(module, "SHA256", {name: hashlib.sha256(c).hexdigest() for name, c in contents.items()})
    return server


def test_forms_values_and_one_download(site, home):
    images, labels = pets(size=20)
    assert images.shape == (4, 20, 20, 3) and images.dtype == "float32"
    assert labels.shape == (4, 20, 20) and labels.dtype == "uint8"
    np.testing.assert_allclose(images[..., 0].mean(axis=(1, 2)) * 255, [200, 100, 50, 0], atol=2)
    assert images[..., 1:].max() * 255 < 3
    assert sorted(site.asked) == ["/files/annotations.tar.gz", "/files/images.tar.gz"]
    again = pets(size=20)
    assert np.array_equal(again[0], images) and len(site.asked) == 2, "unpacked once, kept"


def test_labels_are_background_pet_and_ignore_in_place(site):
    _, labels = pets(size=20)
    assert (labels[:, :5] == 0).all() and (labels[:, 5:10] == 255).all() and (labels[:, 10:] == 1).all()
    uneven = pets(size=33)[1][0, :, 0].astype(int)
    assert uneven[np.flatnonzero(np.diff(uneven, prepend=-1))].tolist() == [0, 255, 1], "labels are never mixed"


def test_splits_are_the_official_lists_and_n_spreads_over_them(site):
    assert len(pets("test", size=8)[0]) == 1 and abs(pets("test", size=8)[0][..., 0].mean() - 1) < 0.01
    np.testing.assert_allclose(pets(size=8, n=2)[0][..., 0].mean(axis=(1, 2)) * 255, [200, 50], atol=2)


def test_another_process_may_have_unpacked_while_this_one_waited(site, monkeypatch):
    @contextlib.contextmanager
    def waiting(path):
        folder = path.with_name(path.name[1:].removesuffix(".lock"))
        name = next(name for name, digest in module.SHA256.items() if digest.startswith(folder.name[5:]))
        unpack(fetch(module.SITE + name, module.SHA256[name]), folder)
        yield

    monkeypatch.setattr(module, "FileLock", waiting)
    assert len(pets(size=8)[0]) == 4


def test_other_bytes_are_refused_and_nothing_is_unpacked(site, home, monkeypatch):
    monkeypatch.setattr(module, "SHA256", {**module.SHA256, "images.tar.gz": "0" * 64})
    with pytest.raises(ValueError, match="not the expected file"):
        pets(size=8)
    assert [path.name for path in (home / "data").glob("pets-0000*")] == []


def test_without_a_network_the_error_says_so(site):
    site.script = [site.fails(404)]
    with pytest.raises(ConnectionError, match="404"):
        pets(size=8)


def test_the_published_hashes():
    assert set(module.SHA256) == {"images.tar.gz", "annotations.tar.gz"}
    assert all(len(digest) == 64 for digest in module.SHA256.values()) and module.SITE.startswith("https://")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"split": "trian"}, r"got split='trian'. Did you mean train"),
        ({"size": 0}, "size >= 1, got 0"),
        ({"size": "big"}, "whole number for size, got 'big'"),
        ({"n": 0}, "n >= 1, got 0"),
    ],
)
def test_bad_arguments_need_no_network(arguments, said):
    with pytest.raises(ValueError, match=said):
        pets(**arguments)


def test_more_pictures_than_there_are(site):
    with pytest.raises(ValueError, match=r"has 4 pictures, got n=5"):
        pets(n=5, size=8)
