"""Folders that several tests share: each is compiled once per worker, by the command itself."""

import shutil

import pytest

MOONS = """\
name: moons
network:
  inputs: 2
  layers:
    - {outputs: 4, activation: modulator}
    - {outputs: 2}
chip: {ports: 4}
train: {data: moons, epochs: 3}
"""


@pytest.fixture(scope="session")
def backlight():
    """Run a command in this process: backlight("compile", spec, "-o", folder) → exit status."""
    from backlight.cli import run

    return lambda *arguments: run([str(argument) for argument in arguments])


@pytest.fixture(scope="session")
def compiled(tmp_path_factory, backlight):
    """A compiled folder of a chip of 2 layers with 4 ports; not to be changed."""
    folder = tmp_path_factory.mktemp("compiled")
    spec = folder / "moons.yml"
    spec.write_text(MOONS)
    assert backlight("compile", spec, "-o", folder / "out") == 0
    return folder / "out"


@pytest.fixture
def design_folder(compiled, tmp_path):
    """A copy of the compiled folder, to be changed at will."""
    return shutil.copytree(compiled, tmp_path / "out")
