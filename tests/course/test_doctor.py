"""The doctor finds what is wrong, says how to mend it, and changes nothing."""

import sys
from types import SimpleNamespace

from dlcourse.course import doctor
from dlcourse.course.cli import main
from tests.paths import ROOT


def problems(check):
    return [finding for finding in check() if finding.state == "problem"]


def test_the_doctor_finds_a_corrupted_data_file(lessons, monkeypatch, tmp_path, capsys):
    from dlcourse.datasets import catalog, store

    shipped, copy = store.folder(), tmp_path / "copy"
    copy.mkdir()
    for name in catalog.FILES:
        (copy / name).write_bytes((shipped / name).read_bytes())
    monkeypatch.setattr(store, "folder", lambda: copy)
    assert problems(doctor._data) == []
    (copy / "iris.csv").write_bytes(b"5.1,3.5")
    for slow in ("_backend", "_kernel"):
        monkeypatch.setattr(doctor, slow, lambda: [])
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert str(copy / "iris.csv") in out and catalog.FILES["iris.csv"].sha256 in out
    assert "Restore it with" in out and out.rstrip().endswith("1 problem")


def test_the_doctor_finds_a_home_that_is_a_file(lessons, monkeypatch):
    (lessons.root / "file").touch()
    monkeypatch.setenv("DLCOURSE_HOME", str(lessons.root / "file"))
    (finding,) = problems(doctor._home)
    assert "is not a folder" in finding.said and "DLCOURSE_HOME" in finding.mend


def test_the_doctor_reads_the_progress_and_leaves_it_as_it_is(lessons, monkeypatch):
    path = lessons.root / "home" / "progress.json"
    (finding,) = doctor._progress()
    assert finding.state == "ok" and finding.said == f"{path}, 1 solved"
    damaged = ("{", "[]", '{"exercises": {"11.1": {"tries": 1e999, "passed": true}}}', '{"exercises": {"11.1": {}}}')
    for text in damaged:
        path.write_text(text)
        (finding,) = problems(doctor._progress)
        assert f"{path} is damaged" in finding.said and f"mv {path} {path}.aside" in finding.mend
        assert [p.name for p in path.parent.iterdir()] == ["progress.json"] and path.read_text() == text
    path.unlink()
    (finding,) = doctor._progress()
    assert finding.state == "ok" and "none yet" in finding.said
    path.mkdir()
    (finding,) = problems(doctor._progress)
    assert "is a folder, not a file" in finding.said and f"mv {path}" in finding.mend


def test_what_the_doctor_would_install_goes_into_this_python(lessons, monkeypatch):
    def absent(name):
        raise doctor.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(doctor.metadata, "version", absent)
    monkeypatch.setattr(sys, "executable", "/some where/bin/python")
    found = {finding.what: finding for finding in doctor._packages()}
    assert found["keras"].mend == "Install it: '/some where/bin/python' -m pip install 'keras>=3.15.1'"
    assert f"'/some where/bin/python' -m pip install -e '{ROOT}[jax]'" in found["jax"].said
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "executable", str(ROOT / ".venv" / "bin" / "python"))
    found = {finding.what: finding for finding in doctor._packages()}
    assert ".venv/bin/python -m pip install -e '.[torch]'" in found["torch"].said
    assert str(ROOT) not in found["torch"].said


def test_the_doctors_kernel_leaves_the_home_folder_alone(lessons, monkeypatch):
    monkeypatch.setenv("HOME", str(lessons.root))
    monkeypatch.delenv("IPYTHONDIR", raising=False)
    (finding,) = doctor._kernel()
    assert finding.state == "ok", finding
    assert not (lessons.root / ".ipython").exists()


def test_the_doctor_finds_a_full_disk_a_wrong_scale_and_an_old_package(lessons, monkeypatch):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: SimpleNamespace(free=1e6))
    assert len(problems(doctor._disk)) == 3
    monkeypatch.setenv("DLCOURSE_SCALE", "huge")
    assert "huge" in problems(doctor._settings)[0].said
    monkeypatch.setattr(doctor.metadata, "version", lambda name: "0.0.1")
    found = {finding.what: finding for finding in problems(doctor._packages)}
    assert (
        "the course needs >=3.15.1" in found["keras"].said and "-m pip install 'keras>=3.15.1'" in found["keras"].mend
    )


def test_tensorflow_is_needed_only_where_it_is_the_backend(lessons, monkeypatch):
    def version(name):
        if name == "tensorflow":
            raise doctor.metadata.PackageNotFoundError(name)
        return "99"

    monkeypatch.setattr(doctor.metadata, "version", version)
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert problems(doctor._packages) == []
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    assert [finding.what for finding in problems(doctor._packages)] == ["tensorflow"]
    monkeypatch.delenv("KERAS_BACKEND")
    monkeypatch.setenv("KERAS_HOME", str(lessons.root))
    (lessons.root / "keras.json").write_text('{"backend": "torch"}')
    assert problems(doctor._packages) == []


def test_one_broken_check_does_not_hide_the_others(lessons, monkeypatch):
    def broken():
        raise RuntimeError("out of order")

    broken.__name__ = "_backend"
    monkeypatch.setattr(doctor, "_backend", broken)
    monkeypatch.setattr(doctor, "_kernel", lambda: [])
    found = {finding.what: finding for finding in doctor.examine()}
    assert found["backend"].state == "problem" and "out of order" in found["backend"].said
    assert found["notebooks"].said.startswith("3 in ")
