"""What the kill tests share."""

import pytest

from tests.resume.chain import result, train


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """Where JAX keeps what it compiled, so that not every process compiles again."""
    return tmp_path_factory.mktemp("jax")


@pytest.fixture(scope="module")
def untouched(tmp_path_factory, cache):
    """The result of a run without ExactResume."""
    folder = tmp_path_factory.mktemp("untouched")
    assert train(folder, cache, "--plain") == 0
    return result(folder)
