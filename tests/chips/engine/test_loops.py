"""Reflections and rings: a loop is solved by SAX on its own, and stands as one block among the meetings."""

import jax
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chips.engine.lower import lower
from chips.reference import s_matrix
from compiler.netlist import Pin
from pdk import registry
from pdk.light import jnp

GENERIC = registry.get("generic")
MODELS = GENERIC.models()
TRIES = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@pytest.fixture(scope="module")
def ring(judge):
    """A ring closed through a coupler, with a phase shifter on it."""
    return judge.flat_netlist(
        {
            "c": ("directional_coupler", {"coupling": 0.2}),
            "loop": ("straight", {"length_nm": 50_000}),
            "p": ("phase_shifter", {}),
        },
        [("c,o3", "loop,o1"), ("loop,o2", "p,o1"), ("p,o2", "c,o2")],
        {"in": "c,o1", "out": "c,o4"},
    )


@given(data=st.data())
@settings(max_examples=12, **TRIES)
def test_random_circuits_with_reflections(judge, data):
    case = data.draw(judge.circuits(most=5, length=14, reflecting=True))
    netlist = case.netlist
    ins = list(netlist.flat.ports)
    outs = [*ins, *(pin for k, pin in enumerate(sorted(netlist.flat.links)) if k % 4 == 0)]
    got = judge.light(netlist, MODELS, ins, outs, settings=case.settings)
    np.testing.assert_allclose(got, judge.dense(netlist, MODELS, ins, outs, case.settings), atol=1e-12)


@given(data=st.data())
@settings(max_examples=4, **TRIES)
def test_random_reflections_against_sax(judge, data):
    case = data.draw(judge.circuits(most=4, length=12, reflecting=True))
    ports = list(case.netlist.flat.ports)
    got = judge.light(case.netlist, MODELS, ports, ports, settings=case.settings)
    want = s_matrix(case.netlist, GENERIC, program=case.settings).between(ports, ports)[0]
    np.testing.assert_allclose(got, want, atol=1e-12)


def test_a_ring_over_chips_and_wavelengths(judge, ring):
    wl_um = np.linspace(1.54, 1.56, 7)
    lowered = lower(ring, MODELS, into=["in"], read=["out"])
    assert len(lowered.notes) == 1
    assert "3 devices" in lowered.notes[0] and "SAX" in lowered.notes[0]
    phases = np.array([0.0, 1.0, 2.5])
    got = judge.run_schedule(lowered.schedule, lowered.coefficients(wl_um=wl_um, settings={"p": {"phase_rad": phases}}))
    assert got.shape == (3, 7, 1, 1)
    for chip, phase in enumerate(phases):
        for w, wl in enumerate(wl_um):
            want = judge.dense(ring, MODELS, ["in"], ["out"], {"p": {"phase_rad": phase}}, wl)
            np.testing.assert_allclose(got[chip, w], want, atol=1e-12)


def test_a_ring_differentiates(ring):
    lowered = lower(ring, MODELS, into=["in"], read=["out"])

    def power(phase):
        return jnp.abs(lowered.coefficients(settings={"p": {"phase_rad": phase}}).read[0]) ** 2

    slope = jax.grad(power)(0.4)
    assert abs(slope - (power(0.4 + 1e-6) - power(0.4 - 1e-6)) / 2e-6) < 1e-6


def test_a_ring_inside_a_compiled_function(ring):
    lowered = lower(ring, MODELS, into=["in"], read=["out"])
    constant = jax.jit(lambda: jnp.asarray(lowered.coefficients(wl_um=1.54).read))
    np.testing.assert_allclose(constant(), lowered.coefficients(wl_um=1.54).read, atol=1e-14)


def test_light_without_a_loop_has_no_note(circuit):
    netlist = circuit(2)
    assert lower(netlist, MODELS, into=["o1"], read=[netlist.flat.ports["o1"]]).notes == ()


def test_reflections_make_a_whole_chip_a_loop(judge, pdk, circuit):
    netlist = circuit(2)
    ends = [path for path, leaf in netlist.flat.leaves.items() if leaf.component == "termination"]
    told = {path: {"reflection": 0.01} for path in ends} | {"layer1.laser": {"reflection": 0.05}}
    reference = s_matrix(netlist, pdk, program=told)
    got = judge.light(netlist, MODELS, ["o1"], ["o1"], settings=told)
    np.testing.assert_allclose(got, reference.between(["o1"], ["o1"])[0], atol=1e-12)


def test_two_loops_one_behind_the_other(judge):
    instances, nets = {}, []
    for k in (0, 1):
        instances |= {f"c{k}": ("mmi2x2", {}), f"l{k}": ("straight", {"length_nm": 40_000 + k})}
        nets += [(f"c{k},o3", f"l{k},o1"), (f"l{k},o2", f"c{k},o2")]
    netlist = judge.flat_netlist(instances, [*nets, ("c0,o4", "c1,o1")], {"in": "c0,o1", "out": "c1,o4"})
    circuit = lower(netlist, MODELS, into=["in"], read=["out"])
    assert len(circuit.notes) == 2
    np.testing.assert_allclose(
        judge.light(netlist, MODELS, ["in"], ["out"]), judge.dense(netlist, MODELS, ["in"], ["out"]), atol=1e-12
    )


def test_a_slot_on_a_loop_is_refused(ring):
    with pytest.raises(ValueError, match=r"^p: found a slot .* on a loop.*`settings`"):
        lower(ring, MODELS, into=["in"], read=["out"], slots={"p": 0})


def test_a_loop_without_loss_at_resonance_is_refused(judge):
    def mirror(wl=1.5):
        return {("a", "a"): 1.0, ("b", "b"): 0.0}

    netlist = judge.flat_netlist({"m": ("mirror", {}), "n": ("mirror", {})}, [("m,a", "n,a")], {})
    pin = Pin("m", "a")
    with pytest.raises(ValueError, match="no finite light on the loop"):
        lower(netlist, {"mirror": mirror}, into=[pin], read=[pin]).coefficients()


def test_a_device_joined_to_itself(judge):
    netlist = judge.flat_netlist({"c": ("mmi2x2", {})}, [("c,o3", "c,o2")], {"in": "c,o1", "out": "c,o4"})
    read = ["out", Pin("c", "o2")]
    np.testing.assert_allclose(
        judge.light(netlist, MODELS, ["in"], read), judge.dense(netlist, MODELS, ["in"], read), atol=1e-12
    )
