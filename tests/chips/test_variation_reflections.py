"""Light that turns round, against SAX with every loop closed: exact at the optical port, to first order at couplers."""

from dataclasses import replace
from math import pi

import numpy as np
import pytest

from chips.chip import Drive
from chips.draw import draw
from chips.lowered import lowered
from chips.reference import s_matrix
from chips.twin import Twin
from chips.variation import Imperfections
from compiler.paths import layer_paths
from pdk.contract import Role

GROUPS = ("detector", "backward", "tap", "monitor")
DRAWN = replace(Imperfections.ideal(), splitter_imbalance_rad=0.05, phase_offset_rad=2 * pi)
"""No heater is on, so that deviations are all that SAX needs."""


def diodes(path, group):
    return {
        "detector": [f"{o.cell}.detector" for o in path.outputs],
        "monitor": [f"{i.cell}.monitor" for i in path.inputs],
        "backward": [f"{i.cell}.backward" for i in path.inputs],
        "tap": [tap.photodiode for tap in path.taps],
    }[group]


@pytest.fixture(scope="module")
def light():
    rng = np.random.default_rng(0)
    return rng.uniform(0.3, 1, 4), rng.uniform(0.3, 1, 4)


def program_of(netlist, pdk, path, x, e):
    (drawn,) = draw(lowered(netlist, pdk).rosters, DRAWN, 0)
    program = {name: {k: v for k, v in v.items() if k != "excess_loss_db"} for name, v in drawn.deviations.items()}
    program |= {entry.modulator: {"amplitude": opening} for entry, opening in zip(path.inputs, x, strict=True)}
    return program | {out.modulator: {"amplitude": opening} for out, opening in zip(path.outputs, e, strict=True)}


def powers(pdk, netlist, path, program):
    s = s_matrix(netlist, pdk, program=program)
    return {g: np.abs(s.between(diodes(path, g), ["o1"])[0, :, 0]) ** 2 for g in GROUPS}


def test_the_port_is_exact(pdk, circuit, light):
    netlist = circuit(4)
    (path,) = layer_paths(netlist, pdk)
    x, e = light
    program = program_of(netlist, pdk, path, x, e)
    plain = powers(pdk, netlist, path, program)
    port = path.inputs[0].source[0].path
    assert pdk.role_of(netlist.flat.leaves[port].component) in (Role.EDGE_COUPLER, Role.GRATING_COUPLER)
    expected = powers(pdk, netlist, path, program | {port: {"reflection": 10**-1.0}})
    twin = Twin(netlist, pdk, replace(DRAWN, facet_reflection_db=-10.0), 0)
    read = twin.measure(Drive(0, GROUPS, inputs=x, sources=e, laser_mw=1.0))
    for group in GROUPS:
        scale = 0.8 * expected[group].max()
        assert np.abs(read[group][0] - 0.8 * expected[group]).max() < 1e-10 * scale, group
    assert np.abs(plain["detector"] - expected["detector"]).max() > 1e-3 * plain["detector"].max(), "control"


def reflecting(pdk, netlist, path, program, level_db, seed=0):
    """The process with couplers that reflect, and the program that says by how much, as the twin draws it."""
    (drawn,) = draw(lowered(netlist, pdk).rosters, DRAWN, seed)
    couplings = [c for stage in path.couplings for c in stage]
    models = dict(pdk.models())
    name = netlist.flat.leaves[couplings[0].path].component
    plain = models[name]

    def mirror(wl=1.55, imbalance_rad=0.0, r=0.0, o1=0.0, o2=0.0, o3=0.0, o4=0.0, on=0.0):
        s = dict(plain(wl=wl, imbalance_rad=imbalance_rad))
        for port, rad in zip(("o1", "o2", "o3", "o4"), (o1, o2, o3, o4), strict=True):
            s[port, port] = s["o1", "o4"] * 0 + on * r * np.exp(1j * rad)
        return s

    changed = {path: dict(values) for path, values in program.items()}
    for k, c in enumerate(couplings):
        phases = drawn.reflection_rad[2 * k : 2 * k + 2]
        changed[c.path] |= {"r": 10 ** (level_db / 20), "on": 1.0, c.a_out: phases[0], c.b_out: phases[1]}
    return replace(pdk, models=lambda: models | {name: mirror}), changed


def test_couplers_are_right_to_first_order(pdk, circuit, light):
    """Detectors under the sources' light alone: what is left of the error falls with the square of the reflection."""
    netlist = circuit(4)
    (path,) = layer_paths(netlist, pdk)
    e = light[1]
    program = program_of(netlist, pdk, path, np.zeros(4), e)
    plain = powers(pdk, netlist, path, program)["detector"]
    first, left = [], []
    for level_db in (-30.0, -50.0):
        process, changed = reflecting(pdk, netlist, path, program, level_db)
        expected = powers(process, netlist, path, changed)["detector"]
        twin = Twin(netlist, pdk, replace(DRAWN, coupler_reflection_db=level_db), 0)
        read = twin.measure(Drive(0, ("detector",), inputs=np.zeros(4), sources=e, laser_mw=1.0))["detector"][0]
        first.append(np.abs(expected - plain).max())
        left.append(np.abs(expected - read / 0.8).max())
    assert left[0] < 0.2 * first[0]
    assert left[1] < 0.02 * first[1]
    assert left[0] / left[1] > 30, "ten times the amplitude: a hundred times the error"
