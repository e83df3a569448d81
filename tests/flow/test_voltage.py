"""A chip of voltages and a camera, through the commands: Luxtelligence's lithium niobate."""

import json
from importlib.util import find_spec

import pytest

from pdk import registry

SPEC = """\
name: volts
network: {inputs: 2, layers: [{outputs: 2}]}
chip: {ports: 4}
train: {data: moons, epochs: 2}
"""


@pytest.mark.skipif(find_spec("lnoi400") is None, reason="drawing needs lnoi400: pip install backlight[luxtelligence]")
def test_compiled_trained_and_told_in_volts(backlight, tmp_path):
    spec, out = tmp_path / "volts.yml", tmp_path / "out"
    spec.write_text(SPEC)
    assert backlight("compile", spec, "--pdk", "luxtelligence-lnoi400", "-o", out) == 0
    assert backlight("train", out) == 0
    drive = registry.get("luxtelligence-lnoi400").drive
    settings = json.loads((out / "program.json").read_text())["settings"]
    assert settings
    for told in settings.values():
        assert told.keys() == {"phase_rad", "voltage_v"}
        assert drive.setting(told["phase_rad"]) - drive.zero == pytest.approx(told["voltage_v"])
        assert abs(told["voltage_v"]) <= drive.limit / 2 * (1 + 1e-9)
    assert backlight("budget", out) == 0
