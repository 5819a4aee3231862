"""Saved states are whole or refused: written whole, held to a hash, two kept."""

import errno

import ml_dtypes
import numpy as np
import pytest

from dlcourse.callbacks import generations
from dlcourse.callbacks.generations import Generations, dumps, is_plain, loads

STATES = [
    {"a": np.arange(6, dtype="float32").reshape(2, 3), "b": [1, 2.5, None, True, "x"], "c": (np.float32(0.1), {1: 2})},
    {"bits": np.array([np.nan, -0.0, np.inf], "float64"), "empty": np.zeros((0, 3), "int8")},
    {"bfloat16": np.array([1.5, 2.0], ml_dtypes.bfloat16), "seed": np.array([1, 2**32 - 1], "uint32")},
    {"long": 2**80, "float": 0.1 + 0.2, "nan": float("nan"), "nothing": {}},
]


def same(a, b):
    """Equal in type, shape and every bit."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, np.ndarray | np.generic):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return a == b or a != a


@pytest.mark.parametrize("state", STATES)
def test_a_state_comes_back_bit_for_bit(state):
    assert same(loads(dumps(state)), state)


@pytest.mark.parametrize("value", [object(), {1, 2}, [np.array([object()])], len, {"f": lambda: 0}])
def test_what_cannot_be_written_is_told_beforehand(value):
    assert not is_plain(value)
    with pytest.raises(TypeError):
        dumps(value)


def test_two_generations_are_kept(tmp_path):
    kept = Generations(tmp_path / "run")
    assert kept.load() is None
    for step in range(5):
        kept.save({"step": step})
    assert [path.name for path in kept.files()] == ["state-00000004.bin", "state-00000005.bin"]
    assert kept.load() == {"step": 4}


@pytest.mark.parametrize("keep", [0, 10, 40, 60, -1])
def test_a_truncated_file_is_passed_over_with_a_warning(tmp_path, keep):
    kept = Generations(tmp_path)
    kept.save({"step": 1})
    kept.save({"step": 2})
    newest = kept.files()[-1]
    newest.write_bytes(newest.read_bytes()[:keep])
    with pytest.warns(UserWarning, match=f"{newest.name} is .*Going on from state-00000001.bin"):
        assert kept.load() == {"step": 1}
    kept.save({"step": 3})
    assert kept.load() == {"step": 3}


def test_every_flipped_bit_is_seen(tmp_path):
    kept = Generations(tmp_path)
    kept.save({"w": np.arange(3.0)})
    path = kept.files()[0]
    whole = path.read_bytes()
    for at in range(len(whole)):
        spoilt = bytearray(whole)
        spoilt[at] ^= 1 << (at % 8)
        path.write_bytes(bytes(spoilt))
        with pytest.raises(ValueError, match="holds no whole state"):
            kept.load()


def test_without_any_whole_state_nothing_is_begun_anew(tmp_path):
    kept = Generations(tmp_path)
    for step in range(2):
        kept.save({"step": step})
    for path in kept.files():
        path.write_bytes(b"")
    with pytest.raises(ValueError, match=r"state-00000002.bin .*state-00000001.bin .*remove the folder"):
        kept.load()


def test_a_full_disk_leaves_the_last_good_state(tmp_path, monkeypatch):
    kept = Generations(tmp_path)
    kept.save({"step": 1})

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr("dlcourse.files.os.fsync", full)
        with pytest.raises(
            OSError, match=r"could not be saved \(No space left on device\).*state-00000001.bin"
        ) as caught:
            kept.save({"step": 2})
    assert caught.value.errno == errno.ENOSPC
    assert kept.load() == {"step": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["state-00000001.bin"]
    kept.save({"step": 2})
    assert kept.load() == {"step": 2}


def test_what_a_killed_save_left_is_swept(tmp_path):
    kept = Generations(tmp_path)
    kept.save({"step": 1})
    (tmp_path / ".state-00000002.bin.abc.tmp").write_bytes(b"half")
    kept.sweep()
    assert [path.name for path in tmp_path.iterdir()] == ["state-00000001.bin"]


def test_the_old_generation_goes_only_after_the_new_one_is_there(tmp_path, monkeypatch):
    kept = Generations(tmp_path)
    for step in range(2):
        kept.save({"step": step})
    seen = []
    monkeypatch.setattr(generations.Path, "unlink", lambda path, missing_ok: seen.append(len(kept.files())))
    kept.save({"step": 2})
    assert seen == [3]
