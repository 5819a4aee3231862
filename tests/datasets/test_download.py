"""`fetch` against a server that truncates, stalls, lies about length, serves wrong bytes and ignores ranges."""

import hashlib
import os
import subprocess
import sys
import threading
import time

import pytest

from dlcourse.datasets import download, fetch, transfer


def visible(home):
    """Names in the data folder but for the lock file."""
    folder = home / "data"
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock") if folder.exists() else []


def only_good(home, server):
    """Nothing but the right file is there."""
    return visible(home) == ["set one.bin"] and (home / "data" / "set one.bin").read_bytes() == server.payload


def test_a_good_file_is_fetched_once_and_verified_again(home, server):
    path = fetch(server.url, server.sha256.upper())
    assert path == home / "data" / "set one.bin" and only_good(home, server)
    assert fetch(server.url, server.sha256) == path
    assert len(server.ranges) == 1, "the second call must not reach the server"
    path.write_bytes(server.payload[:-1] + b"!")
    fetch(server.url, server.sha256)
    assert len(server.ranges) == 2 and only_good(home, server)


def test_name_can_be_chosen(home, server):
    assert fetch(server.url, server.sha256, name="mine.bin") == home / "data" / "mine.bin"


def test_a_truncated_answer_is_resumed(home, server):
    server.script = [server.cut(1_000_000), server.good]
    fetch(server.url, server.sha256)
    assert server.ranges == [None, "bytes=1000000-"] and only_good(home, server)


def test_a_connection_that_drops_again_and_again_is_resumed_while_it_makes_progress(home, server):
    def megabyte(handler):
        start = int((handler.headers.get("Range") or "bytes=0-")[6:-1])
        body, whole = server.payload[start : start + 1_100_000], len(server.payload)
        stated = f"bytes {start}-{whole - 1}/{whole}"
        handler.answer(body, 206 if start else 200, length=whole - start, Content_Range=stated)

    server.script = [megabyte]
    fetch(server.url, server.sha256, attempts=2)
    assert server.ranges == [None, "bytes=1100000-", "bytes=2200000-"] and only_good(home, server)


def test_a_stall_runs_into_the_time_out_and_is_resumed(home, server):
    server.script = [server.stall(500_000), server.good]
    began = time.monotonic()
    fetch(server.url, server.sha256, timeout=0.3)
    assert time.monotonic() - began < 5, "the server would be silent for 10 s"
    assert server.ranges == [None, "bytes=500000-"] and only_good(home, server)


def test_a_server_that_never_answers_runs_into_the_time_out(home, server):
    server.script = [lambda handler: server.released.wait(10)]
    with pytest.raises(ConnectionError, match=r"in 2 attempts.*timed out"):
        fetch(server.url, server.sha256, timeout=0.2, attempts=2)
    assert len(server.ranges) == 2 and visible(home) == []


def test_a_server_that_ignores_ranges_starts_the_file_again(home, server):
    server.script = [server.cut(1_000_000), server.ignoring_range]
    fetch(server.url, server.sha256)
    assert server.ranges == [None, "bytes=1000000-"] and only_good(home, server)


def test_a_server_that_ignores_ranges_and_always_truncates_is_given_up(home, server):
    server.script = [server.cut(2_000_000)]
    with pytest.raises(ConnectionError, match="closed after 2000000 of 3000000 bytes"):
        fetch(server.url, server.sha256, attempts=3)
    assert "set one.bin" not in visible(home)
    assert len(server.ranges) == 3, "the same bytes over again are no progress"


def test_a_range_from_elsewhere_is_not_joined_on(home, server):
    def elsewhere(handler):
        stated = f"bytes 7-{len(server.payload) - 1}/{len(server.payload)}"
        handler.answer(server.payload[7:500_000], 206, length=len(server.payload) - 7, Content_Range=stated)

    server.script = [server.cut(1_000_000), elsewhere, server.good]
    fetch(server.url, server.sha256)
    assert server.ranges == [None, "bytes=1000000-", None] and only_good(home, server)


def test_what_arrived_is_kept_for_the_next_call(home, server):
    server.script = [server.cut(1_000_000), server.fails(503), server.fails(503), server.good]
    with pytest.raises(ConnectionError, match="1000000 bytes are kept"):
        fetch(server.url, server.sha256, attempts=2)
    assert "set one.bin" not in visible(home)
    fetch(server.url, server.sha256)
    assert server.ranges[-1] == "bytes=1000000-" and only_good(home, server)


def test_a_complete_part_needs_no_network(home, server):
    part = home / "data" / f".set one.bin.{server.sha256[:16]}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(server.payload)
    fetch(server.url, server.sha256)
    assert server.ranges == [] and only_good(home, server)


def test_a_part_longer_than_the_file_is_dropped_after_416(home, server):
    part = home / "data" / f".set one.bin.{server.sha256[:16]}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(server.payload + b"more")
    fetch(server.url, server.sha256)
    assert server.ranges == [f"bytes={len(server.payload) + 4}-", None] and only_good(home, server)


def test_a_part_of_another_version_is_fetched_again_from_the_start(home, server):
    part = home / "data" / f".set one.bin.{server.sha256[:16]}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"old version")
    fetch(server.url, server.sha256)
    assert server.ranges == ["bytes=11-", None] and only_good(home, server)


def test_wrong_bytes_are_deleted_and_both_hashes_named(home, server):
    server.script = [server.wrong(b"something else")]
    with pytest.raises(ValueError) as caught:
        fetch(server.url, server.sha256)
    assert server.sha256 in str(caught.value)
    assert hashlib.sha256(b"something else").hexdigest() in str(caught.value)
    assert visible(home) == [] and len(server.ranges) == 1


def test_wrong_bytes_leave_a_good_older_file(home, server):
    path = home / "data" / "set one.bin"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"an older version that some other notebook still wants")
    server.script = [server.wrong()]
    with pytest.raises(ValueError, match="not the expected file"):
        fetch(server.url, server.sha256)
    assert visible(home) == ["set one.bin"] and path.read_bytes().startswith(b"an older version")


@pytest.mark.parametrize("claimed", [10, 2_999_999])
def test_a_content_length_that_is_too_small_gives_a_mismatch(home, server, claimed):
    server.script = [lambda handler: handler.answer(server.payload, length=claimed)]
    with pytest.raises(ValueError, match="not the expected file"):
        fetch(server.url, server.sha256)
    assert visible(home) == []


def test_a_content_length_that_is_too_large_is_a_truncation(home, server):
    server.script = [lambda handler: handler.answer(server.payload, length=len(server.payload) + 100), server.good]
    fetch(server.url, server.sha256)
    assert only_good(home, server)


def test_no_content_length_works_and_a_cut_in_it_is_tried_again(home, server):
    server.script = [server.wrong(server.payload[:1000], length=False), server.wrong(server.payload, length=False)]
    fetch(server.url, server.sha256)
    assert only_good(home, server) and len(server.ranges) == 2


@pytest.mark.parametrize("length", [None, False], ids=["announced", "endless"])
def test_a_file_over_max_bytes_is_refused(home, server, length):
    server.script = [lambda handler: handler.answer(server.payload, length=length)]
    with pytest.raises(ValueError, match="larger than 1000000 bytes"):
        fetch(server.url, server.sha256, max_bytes=1_000_000)
    assert visible(home) == []


def test_an_announced_size_over_max_bytes_is_refused_before_the_content_comes(home, server):
    server.script = [lambda handler: handler.answer(b"", length=2_000_000)]
    with pytest.raises(ValueError, match="larger than 1000000 bytes"):
        fetch(server.url, server.sha256, max_bytes=1_000_000)
    assert len(server.ranges) == 1 and visible(home) == []


def test_a_refusal_is_not_tried_again_and_an_overload_is(home, server):
    server.script = [server.fails(404)]
    with pytest.raises(ConnectionError, match="404"):
        fetch(server.url, server.sha256)
    assert len(server.ranges) == 1
    server.script, server.ranges = [server.fails(503), server.fails(429), server.good], []
    fetch(server.url, server.sha256)
    assert len(server.ranges) == 3 and only_good(home, server)


def test_pauses_double(home, server, monkeypatch):
    pauses = []
    monkeypatch.setattr(transfer, "PAUSE", 0.5)
    monkeypatch.setattr(transfer.time, "sleep", pauses.append)
    server.script = [server.fails(503)]
    with pytest.raises(ConnectionError):
        fetch(server.url, server.sha256, attempts=9)
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30]


@pytest.mark.parametrize(
    ("place", "why"), [("file:///etc/hostname", "not allowed"), ("ftp://127.0.0.1/x", "unknown url type: ftp")]
)
def test_a_redirect_off_the_web_is_refused(home, server, place, why):
    server.script = [lambda handler: handler.answer(b"", 302, Location=place)]
    with pytest.raises(ConnectionError, match=why):
        fetch(server.url, server.sha256, attempts=1)
    assert visible(home) == []


def test_a_redirect_on_the_web_is_followed(home, server):
    server.script = [lambda handler: handler.answer(b"", 302, Location="/elsewhere.bin"), server.good]
    fetch(server.url, server.sha256)
    assert only_good(home, server)


def test_a_full_disk_leaves_the_last_good_state(home, server, monkeypatch):
    class Full:
        """A bar whose step fails as a write to a full disk does."""

        def __enter__(self):
            return self

        def __exit__(self, *args):
            return None

        def update(self, count):
            raise OSError(28, "No space left on device")

    old = fetch(server.url, server.sha256)
    old.write_bytes(b"older")
    monkeypatch.setattr(transfer, "_bar", lambda *args: Full())
    with pytest.raises(OSError, match="No space left"):
        fetch(server.url, server.sha256)
    assert old.read_bytes() == b"older" and len(server.ranges) == 2, "a full disk is not a network failure"


def test_two_processes_at_once_both_succeed(home, server):
    code = (
        "from dlcourse.datasets import fetch; print('ready', flush=True); "
        f"print(fetch({server.url!r}, {server.sha256!r}).stat().st_size)"
    )
    gate = threading.Event()

    def slow(handler):
        gate.wait(10)
        server.good(handler)

    server.script = [slow]
    children = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [child.stdout.readline() for child in children] == ["ready\n", "ready\n"]
    threading.Timer(0.5, gate.set).start()  # by then both are in fetch
    outputs = [child.communicate(timeout=30)[0].strip() for child in children]
    assert outputs == ["3000000", "3000000"] and [child.returncode for child in children] == [0, 0]
    assert len(server.ranges) == 1, "one downloads, the other waits for it"
    assert only_good(home, server)


def test_a_killed_process_leaves_no_file_and_the_next_resumes(home, server):
    server.script = [server.stall(1_000_000), server.good]
    code = f"from dlcourse.datasets import fetch; fetch({server.url!r}, {server.sha256!r})"
    child = subprocess.Popen([sys.executable, "-c", code])
    part = home / "data" / f".set one.bin.{server.sha256[:16]}.part"
    pause = threading.Event()
    for _ in range(1000):
        if part.exists() and part.stat().st_size > 500_000:
            break
        pause.wait(0.01)
    child.kill()
    child.wait()
    held = part.stat().st_size
    assert visible(home) == [part.name] and held > 500_000
    fetch(server.url, server.sha256)
    assert server.ranges == [None, f"bytes={held}-"] and only_good(home, server)


def test_the_file_has_the_permissions_of_any_new_file(home, server):
    plain = home / "plain"
    home.mkdir()
    plain.touch()
    assert os.stat(fetch(server.url, server.sha256)).st_mode == os.stat(plain).st_mode


def test_a_good_file_in_a_folder_that_cannot_be_written_is_served(home, server, monkeypatch):
    path = fetch(server.url, server.sha256)

    def refuse(*args):
        raise PermissionError("read-only")

    monkeypatch.setattr(download, "FileLock", refuse)
    assert fetch(server.url, server.sha256) == path
