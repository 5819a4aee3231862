"""What `fetch` refuses before it opens a connection."""

import pytest

from dlcourse.datasets import fetch


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://h/x", "http:///x", "h/x", "http://h/a b", None])
def test_addresses(home, url):
    with pytest.raises(ValueError, match="address"):
        fetch(url, "0" * 64)


@pytest.mark.parametrize("sha256", [None, "", "0" * 63, "g" * 64, "0" * 65, b"0" * 64, "0" * 64 + "\n"])
def test_a_hash_is_required(home, sha256):
    with pytest.raises(ValueError, match="64 hexadecimal digits"):
        fetch("http://h/x", sha256)


@pytest.mark.parametrize("name", ["", "..", ".x", "a/b", "a\\b", "C:x", "a\nb", "x" * 201, 3])
def test_names_are_plain(home, name):
    with pytest.raises(ValueError, match="plain name"):
        fetch("http://h/x", "0" * 64, name=name)


@pytest.mark.parametrize("url", ["http://h/", "http://h", "http://h/a%2Fb", "http://h/..", "http://h/%2e%2e"])
def test_names_taken_from_the_address_are_plain(home, url):
    with pytest.raises(ValueError, match="plain name"):
        fetch(url, "0" * 64)


@pytest.mark.parametrize("options", [{"attempts": 0}, {"timeout": 0}])
def test_options(home, options):
    with pytest.raises(ValueError, match=r"attempts >= 1 and timeout > 0"):
        fetch("http://h/x", "0" * 64, **options)
