"""Folders of crossbars that several tests share: compiled once per worker, by the command itself."""

import pytest

CROSSBAR = """\
name: small
network:
  inputs: 2
  layers:
    - {outputs: 3, activation: modulator}
    - {outputs: 1, activation: modulator}
  loss: mse
chip: {architecture: crossbar}
train: {data: moons, samples: 200, test_share: 0.75}
"""


@pytest.fixture(scope="session")
def crossbar_spec():
    """The spec of a 2-3-1 crossbar."""
    return CROSSBAR


@pytest.fixture(scope="session")
def small_crossbar(tmp_path_factory, backlight):
    """A compiled folder of it; not to be changed."""
    folder = tmp_path_factory.mktemp("crossbar")
    (folder / "small.yml").write_text(CROSSBAR)
    assert backlight("compile", folder / "small.yml", "-o", folder / "out") == 0
    return folder / "out"
