"""A server for each module that is content with one, and one for each test that stops it."""

import pytest

from tidegate import Tidegate


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A running server that the tests of a module share."""
    tidegate = Tidegate(tmp_path_factory.mktemp("server") / "data").start()
    yield tidegate
    assert tidegate.stop() == 0


@pytest.fixture
def own_server(tmp_path):
    """A running server that belongs to one test, which may stop, kill and start it."""
    tidegate = Tidegate(tmp_path / "data").start()
    yield tidegate
    if tidegate.process:
        tidegate.kill()
