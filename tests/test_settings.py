"""What the learner sets from outside, and files that are written whole or not at all."""

import os
from pathlib import Path

import pytest

from dlcourse import scale, settings
from dlcourse.files import atomic_write


def test_scale_picks_small_unless_told_otherwise(monkeypatch):
    assert scale(small=1, full=2) == 1
    monkeypatch.setenv("DLCOURSE_SCALE", "full")
    assert scale(small=1, full=2) == 2
    monkeypatch.setenv("DLCOURSE_SCALE", "")
    assert scale(1, 2) == 1
    monkeypatch.setenv("DLCOURSE_SCALE", "large")
    with pytest.raises(ValueError, match=r"'large'.*small.*full"):
        scale(1, 2)


def test_home_and_progress_file_follow_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("DLCOURSE_HOME", str(tmp_path))
    assert settings.home() == tmp_path and settings.progress_file() == tmp_path / "progress.json"
    monkeypatch.delenv("DLCOURSE_HOME")
    assert settings.home() == Path("~/.dlcourse").expanduser()
    monkeypatch.setenv("DLCOURSE_PROGRESS", "~/mine.json")
    assert settings.progress_file() == Path("~/mine.json").expanduser()


def test_nearest_names_what_was_meant_or_all_there_is():
    assert settings.nearest("irsi", ["iris", "wine"]) == "Did you mean iris?"
    assert settings.nearest("zzz", ["iris", "wine"]) == "Known: iris, wine."


def test_atomic_write_replaces_whole_or_not_at_all(tmp_path):
    path = tmp_path / "deep" / "file.txt"
    with atomic_write(path, "w") as file:
        file.write("first")
    with pytest.raises(RuntimeError), atomic_write(path, "w") as file:
        file.write("second, cut sh")
        raise RuntimeError
    assert path.read_text() == "first"
    assert [p.name for p in path.parent.iterdir()] == ["file.txt"]


def test_atomic_write_gives_the_usual_permissions(tmp_path):
    (tmp_path / "plain").write_text("")
    with atomic_write(tmp_path / "ours") as file:
        file.write(b"")
    assert os.stat(tmp_path / "ours").st_mode == os.stat(tmp_path / "plain").st_mode
