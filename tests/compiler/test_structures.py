"""Test structures: each fibre leads where its name says, and the layers do not know of them."""

import networkx
import numpy as np
import pytest

from chips.reference import s_matrix
from compiler.compile import build
from compiler.paths import layer_paths
from compiler.structures import FIBRES, INSTANCE, LOOPS
from pdk import registry


@pytest.fixture(scope="module")
def pdk():
    return registry.get("generic")


@pytest.fixture(scope="module")
def chip(pdk):
    return build(pdk, ports=2, layers=2, structures=True)


@pytest.fixture(scope="module")
def light(chip, pdk):
    """S-matrix of the structures alone, every heater and modulator undriven."""
    return s_matrix(chip, pdk, cell="structures", program={"modulator": {"amplitude": 1.0}})


def port(fibre: str) -> str:
    return f"o{FIBRES.index(fibre) + 1}"


def test_ports_of_layers_come_first(chip):
    shown = list(chip.cells["chip"].ports.items())
    assert [(name, pin.instance) for name, pin in shown[:2]] == [("o1", "layer1"), ("o2", "layer2")]
    assert [name for name, pin in shown[2:] if pin.instance == INSTANCE] == [f"o{k + 3}" for k in range(len(FIBRES))]
    assert chip.flat.ports["o3"] == (f"{INSTANCE}.loop_in", "o2")


def test_layers_are_as_without(chip, pdk):
    assert layer_paths(chip, pdk) == layer_paths(build(pdk, ports=2, layers=2), pdk)


def test_light_goes_where_the_names_say(light):
    """Out of every output comes light from its own input, from no other."""
    s = np.abs(light.between([port(f) for f in FIBRES], [port(f) for f in FIBRES])[0]) ** 2
    reached = {(FIBRES[i], FIBRES[j]) for i, j in np.argwhere(s > 1e-6) if i < j}
    assert reached >= {*LOOPS, ("mzi_in", "mzi_lower"), ("shifter_in", "shifter_out"), ("tap_out", "tap_in")}
    assert reached >= {("modulator_in", "modulator_out")}
    assert {a.split("_")[0] for a, b in reached} == {b.split("_")[0] for a, b in reached}
    assert all(a.split("_")[0] == b.split("_")[0] for a, b in reached)


def test_bare_mzi_is_a_cross_when_undriven_and_a_bar_half_a_turn_later(chip, pdk):
    def split(phase_rad: float) -> list[float]:
        s = s_matrix(chip, pdk, cell="bare_mzi", program={"theta": {"phase_rad": phase_rad}})
        upper, lower = np.abs(s.between(["o2", "o3"], ["o1"])[0, :, 0]) ** 2
        return [upper / (upper + lower), lower / (upper + lower)]

    assert split(0.0) == pytest.approx([0, 1], abs=1e-9)
    assert split(np.pi) == pytest.approx([1, 0], abs=1e-9)


def test_the_photodiode_sees_only_what_enters_by_tap_in(light, pdk):
    forward, backward = np.abs(light.between(["tap.pd"], [port("tap_out"), port("tap_in")])[0, 0]) ** 2
    coupler = 10 ** (-pdk.value("edge_coupler_loss_db") / 10)
    assert forward < 1e-12
    assert backward == pytest.approx(coupler * pdk.value("tap_coupling"), rel=0.05)


def test_nothing_joins_structures_to_layers(chip):
    graph = chip.graph()
    parts = networkx.connected_components(graph)
    assert all(len({path.split(".")[0] for path in part}) == 1 for part in parts)
