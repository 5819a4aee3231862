"""The progress file survives damage, kills, full disks and two notebooks at once."""

import json
import os
import subprocess
import sys

import pytest

from dlcourse.exercises import check
from dlcourse.exercises import progress as module
from dlcourse.exercises.progress import read_progress, record
from dlcourse.settings import progress_file


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        "[]",
        '{"exercises": {"1.1": {"tries": 1e999, "passed": true}}}',
        "[" * 100_000,
        '{"exercises": 3}',
        '{"exercises": {"1.1": {}}}',
        "\x00\xff",
    ],
)
def test_a_damaged_file_is_set_aside_with_a_warning(damage):
    record("11.1", True)
    progress_file().write_text(damage, encoding="latin-1")
    with pytest.warns(UserWarning, match=r"set aside as progress\.corrupt-1\.json"):
        assert read_progress() == {}
    assert record("11.2", False) == 1
    aside = progress_file().with_name("progress.corrupt-1.json")
    assert aside.read_text(encoding="latin-1") == damage
    progress_file().write_text("{", encoding="utf-8")
    with pytest.warns(UserWarning, match="corrupt-2"):
        read_progress()
    assert aside.read_text(encoding="latin-1") == damage


def test_a_full_disk_leaves_the_last_good_file_and_the_check_goes_on(half, monkeypatch, own_home):
    record("11.1", True)
    before = progress_file().read_bytes()

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    first, second = check("99.1", lambda x: x), check("99.1", lambda x: x)
    assert "No space left" in dict(first.lines)["note"]
    assert (len(first.hints), len(second.hints)) == (1, 2)
    assert progress_file().read_bytes() == before
    assert sorted(p.name for p in own_home.iterdir()) == ["progress.json", "progress.json.lock"]


def test_a_home_that_is_a_file_does_not_stop_a_check(half, own_home):
    own_home.write_text("in the way")
    result = check("99.1", lambda x: x)
    assert result.status == "failed" and "not saved" in dict(result.lines)["note"]


def test_two_programs_at_once_lose_no_try():
    code = "from dlcourse.exercises.progress import record\nfor _ in range(20): record('11.1', False)"
    running = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [p.wait(60) for p in running] == [0, 0, 0]
    assert read_progress()["11.1"]["tries"] == 60


def test_the_file_can_lie_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv("DLCOURSE_PROGRESS", str(tmp_path / "deep" / "mine.json"))
    record("11.1", True)
    content = json.loads((tmp_path / "deep" / "mine.json").read_text())
    assert content == {"version": module.VERSION, "exercises": {"11.1": {"tries": 1, "passed": True}}}
