"""What the compiler's tests share."""

import pytest

from pdk import registry


@pytest.fixture(scope="session")
def pdk():
    """The generic process."""
    return registry.get("generic")
