"""Folders that several tests share: each is compiled once per worker, by the command itself."""

import shutil
from dataclasses import replace

import pytest

from pdk import registry
from pdk.contract import Number, Role

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


@pytest.fixture(scope="session")
def voltage_pdk():
    """The generic process with electro-optic phase shifters: a voltage of 4.5 V turns by π, and no heater is known."""
    generic = registry.get("generic")
    heat = ("heater_", "thermal_", "wafer_", "silicon_")
    kept = {name: number for name, number in generic.numbers.items() if not name.startswith(heat)}
    return replace(generic, numbers=kept | {"shifter_v_pi_v": Number(4.5, "V", "assumed: for a test")})


@pytest.fixture(scope="session")
def camera_pdk(voltage_pdk):
    """The same without photodiodes: what stands there is read by a camera."""
    gone = ("photodiode_bandwidth_ghz", "photodiode_limit_ma")
    kept = {name: number for name, number in voltage_pdk.numbers.items() if name not in gone}
    return replace(voltage_pdk, numbers=kept, missing={Role.PHOTODIODE: "gratings under a camera"})
