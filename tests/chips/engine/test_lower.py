"""Light by the schedule is light by the wave equations and by SAX, whatever the circuit."""

import jax
import numpy as np
import pytest
import sax
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chips.engine.lower import lower
from chips.reference import s_matrix
from chips.settings import EXCESS_LOSS_DB
from compiler.netlist import Netlist, Pin
from compiler.paths import layer_paths
from layouts.contact import contact
from layouts.emit import emit
from layouts.extract import extract
from layouts.place import place
from layouts.route import route
from pdk import registry
from pdk.light import jnp

GENERIC = registry.get("generic")
MODELS = GENERIC.models()
TRIES = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def inner_pins(netlist, every=5):
    return [pin for k, pin in enumerate(sorted(netlist.flat.links)) if k % every == 0]


@given(data=st.data())
@settings(max_examples=60, **TRIES)
def test_random_circuits(judge, data):
    case = data.draw(judge.circuits())
    netlist = case.netlist
    ins = [name for name in netlist.flat.ports if name.startswith("in")]
    outs = [*(name for name in netlist.flat.ports if name.startswith("out")), *inner_pins(netlist)]
    told = {"settings": case.settings, "wl_um": 1.53}
    np.testing.assert_allclose(
        judge.light(netlist, MODELS, ins, outs, **told), judge.dense(netlist, MODELS, ins, outs, **told), atol=1e-12
    )


@given(data=st.data())
@settings(max_examples=8, **TRIES)
def test_random_circuits_against_sax(judge, data):
    case = data.draw(judge.circuits(most=12, length=30))
    ports = list(case.netlist.flat.ports)
    got = judge.light(case.netlist, MODELS, ports, ports, settings=case.settings)
    want = s_matrix(case.netlist, GENERIC, program=case.settings).between(ports, ports)[0]
    np.testing.assert_allclose(got, want, atol=1e-12)


@given(data=st.data())
@settings(max_examples=30, **TRIES)
def test_phases_are_given_by_slot(judge, data):
    case = data.draw(judge.circuits(most=8, length=30))
    shifters = [path for path, leaf in case.netlist.flat.leaves.items() if leaf.component == "phase_shifter"]
    slots = {path: k // 2 for k, path in enumerate(shifters)}
    phases = np.linspace(-2, 3, len(shifters))
    ins, outs = (list(case.netlist.flat.ports),) * 2
    got = judge.light(case.netlist, MODELS, ins, outs, phases, slots)
    program = {path: {"phase_rad": phases[slot]} for path, slot in slots.items()}
    np.testing.assert_allclose(got, judge.dense(case.netlist, MODELS, ins, outs, program), atol=1e-12)


def _named(model, **names):
    """A model whose ports are called in… and out…, as SAX's forward backend needs them."""
    return lambda wl=1.55: {(names[p], names[q]): value for (p, q), value in model(wl=wl).items()}


def test_unequal_hop_counts_where_forward_is_wrong(judge):
    models = {
        "split": _named(MODELS["mmi1x2"], o1="in0", o2="out0", o3="out1"),
        "join": _named(MODELS["mmi1x2"], o1="out0", o2="in0", o3="in1"),
    }
    models["straight"] = lambda wl=1.55, length_nm=1.0: {
        ("in0", "out0"): (s := MODELS["straight"](wl, length_nm))["o1", "o2"],
        ("out0", "in0"): s["o2", "o1"],
    }
    arms = {name: ("straight", {"length_nm": 10_000 + 100 * k}) for k, name in enumerate("abcd")}
    nets = [("s,out0", "a,in0"), ("a,out0", "j,in0"), ("s,out1", "b,in0"), ("b,out0", "c,in0"), ("c,out0", "d,in0")]
    instances = {"s": ("split", {}), "j": ("join", {}), **arms}
    netlist = judge.flat_netlist(instances, [*nets, ("d,out0", "j,in1")], {"in0": "s,in0", "out0": "j,out0"})
    found = {}
    for backend in ("forward", "klu"):
        circuit, _ = sax.circuit(netlist.optical(), models, backend=backend)
        found[backend] = np.ravel(circuit(wl=1.55)["in0", "out0"])[0]
    ours = judge.light(netlist, models, ["in0"], ["out0"])[0, 0]
    assert abs(ours - found["klu"]) < 1e-12
    assert abs(found["forward"] - found["klu"]) > 1e-3


@pytest.mark.parametrize(("ports", "linear"), [(4, "unitary"), (8, "unitary"), (4, "svd")])
def test_meshes_forward_and_backward(judge, pdk, circuit, ports, linear):
    netlist = circuit(ports, 1, linear)
    flat, path = netlist.flat, layer_paths(netlist, pdk)[0]
    mesh_in = [flat.links[Pin(f"{entry.cell}.coupler", "o3")] for entry in path.inputs]
    rows = [Pin(f"{out.cell}.coupler", "o2") for out in path.outputs]
    taps = [Pin(tap.photodiode, "o1") for tap in path.taps]
    arrivals = [Pin(f"{entry.cell}.coupler", "o3") for entry in path.inputs]
    slots = {tap.shifter: k for k, tap in enumerate(path.taps)}
    phases = np.random.default_rng(1).uniform(0, 6, len(slots))
    program = {name: {"phase_rad": phases[slot]} for name, slot in slots.items()}
    forward = lower(netlist, MODELS, into=mesh_in, read=rows, slots=slots)
    backward = lower(netlist, MODELS, into=[flat.links[pin] for pin in rows], read=[*taps, *arrivals], slots=slots)
    assert max(forward.schedule.rows, backward.schedule.rows) <= path.rows
    assert forward.schedule.phases == len(slots)
    for one, into, read in (
        (forward, mesh_in, rows),
        (backward, [flat.links[pin] for pin in rows], [*taps, *arrivals]),
    ):
        judge.check_form(one.schedule)
        got = judge.run_schedule(one.schedule, one.coefficients(wl_um=1.54), phases)
        np.testing.assert_allclose(got, judge.dense(netlist, MODELS, into, read, program, 1.54), atol=1e-12)


def test_a_whole_chip_against_sax(judge, pdk, circuit):
    netlist = circuit(4)
    reference = s_matrix(netlist, pdk, wl_um=np.array([1.53, 1.56]))
    diodes = [name for name in reference.ports if name != "o1"]
    read = [*(Pin(name, "o1") for name in diodes), "o1"]
    got = judge.light(netlist, MODELS, ["o1"], read, wl_um=np.array([1.53, 1.56]))
    np.testing.assert_allclose(got, reference.between([*diodes, "o1"], ["o1"]), atol=1e-12)


def test_mzi_couplers_share_a_meeting_and_taps_do_not_meet(pdk, circuit):
    netlist = circuit(8)
    flat, path = netlist.flat, layer_paths(netlist, pdk)[0]
    rows = [Pin(f"{out.cell}.coupler", "o2") for out in path.outputs]
    mesh_in = [flat.links[Pin(f"{entry.cell}.coupler", "o3")] for entry in path.inputs]
    forward = lower(netlist, MODELS, into=mesh_in, read=rows).schedule
    assert forward.pair.shape == (2, 28)
    assert forward.way_slot.shape[1:3] == (2, 2)
    taps = [Pin(tap.photodiode, "o1") for tap in path.taps]
    backward = lower(netlist, MODELS, into=[flat.links[pin] for pin in rows], read=taps).schedule
    assert backward.pair.shape[1] <= 56
    assert np.all(np.abs(np.diff(forward.pair, axis=0)) == 1), "neighbours in the layout are neighbouring rows"


def test_a_netlist_read_back_from_a_gds(judge, pdk, circuit, tmp_path):
    netlist = circuit(2)
    path = tmp_path / "chip.gds"
    emit(route(contact(place(netlist, pdk), pdk), pdk), pdk, path)
    drawn = extract(path, pdk)
    found = getattr(drawn, "netlist", drawn)
    diodes = [Pin(name, "o1") for name, leaf in found.flat.leaves.items() if leaf.component == "photodiode"]
    port = next(iter(found.flat.ports))
    got = judge.light(found, MODELS, [port], diodes)
    np.testing.assert_allclose(got, judge.dense(found, MODELS, [port], diodes), atol=1e-12)
    assert np.abs(got).max() > 0.05


def _guide(wl=1.5, length=10.0):
    return {("west", "east"): jnp.exp(2j * jnp.pi * 2.4 * length / wl) * 0.99, ("east", "west"): 0.5}


def _three_by_three(angle=0.3):
    s, c = np.sin(angle) if isinstance(angle, float) else jnp.sin(angle), jnp.cos(angle)
    rows = [[c, 1j * s, 0], [1j * s * c, c * c, 1j * s], [-s * s, 1j * s * c, c]]
    return {(f"in{i}", f"out{o}"): rows[o][i] for o in range(3) for i in range(3)}


def test_own_models_without_wavelength_and_with_one_way_entries(judge):
    models = {"guide": _guide, "tritter": _three_by_three}
    instances = {"t": ("tritter", {"angle": 0.7}), "u": ("tritter", {})}
    instances |= {f"g{k}": ("guide", {"length": 10.0 + k}) for k in range(9)}
    nets = [(f"t,out{k}", f"g{k},west") for k in range(3)]
    nets += [("g0,east", "u,in1"), ("g1,east", "g3,west"), ("g3,east", "u,in0"), ("g2,east", "u,in2")]
    for a, b in [("u,out0", "g4"), ("u,out1", "g5"), ("u,out2", "g6"), ("g6,east", "g7"), ("g7,east", "g8")]:
        nets.append((a, f"{b},west"))
    ports = {**{f"in{k}": f"t,in{k}" for k in range(3)}, "a": "g4,east", "b": "g5,east", "c": "g8,east"}
    netlist = judge.flat_netlist(instances, nets, ports)
    everywhere = {"guide": _guide, "tritter": lambda wl=0.0, angle=0.3: _three_by_three(angle)}
    read = ["a", "c", "b", Pin("g3", "west")]
    got = judge.light(netlist, models, ["in0", "in1", "in2"], read, wl_um=1.31)
    want = judge.dense(netlist, everywhere, ["in0", "in1", "in2"], read, wl_um=1.31)
    np.testing.assert_allclose(got, want, atol=1e-12)


def test_a_recursive_netlist_as_gdsfactory_writes_it(judge):
    arm = {"component": "straight", "settings": {"length_nm": 20_000}}
    mzi = {
        "instances": {"split": {"component": "mmi1x2"}, "top": arm, "low": arm, "join": {"component": "mmi1x2"}},
        "nets": [
            {"p1": "split,o2", "p2": "top,o1"},
            {"p1": "split,o3", "p2": "low,o1"},
            {"p1": "top,o2", "p2": "join,o2"},
            {"p1": "low,o2", "p2": "join,o3"},
        ],
        "ports": {"o1": "split,o1", "o2": "join,o1"},
    }
    top = {
        "instances": {"first": {"component": "mzi"}, "second": {"component": "mzi"}},
        "nets": [{"p1": "first,o2", "p2": "second,o1"}],
        "ports": {"o1": "first,o1", "o2": "second,o2"},
    }
    netlist = Netlist.from_dict({"schema": 2, "top": "top", "cells": {"top": top, "mzi": mzi}})
    circuit, _ = sax.circuit(netlist.optical(), dict(MODELS), backend="klu")
    want = complex(circuit(wl=1.55)["o1", "o2"])
    assert abs(judge.light(netlist, MODELS, ["o1"], ["o2"])[0, 0] - want) < 1e-12


def test_leading_axes_are_chips_then_wavelengths(judge, pdk, circuit):
    netlist = circuit(2)
    shifters = [path for path, leaf in netlist.flat.leaves.items() if leaf.component == "phase_shifter"]
    diodes = [Pin(path, "o1") for path, leaf in netlist.flat.leaves.items() if leaf.component == "photodiode"]
    rng, wl_um = np.random.default_rng(2), np.array([1.52, 1.58])
    told = {path: {"phase_rad": rng.uniform(0, 3, 3), EXCESS_LOSS_DB: 0.1} for path in shifters}
    lowered = lower(netlist, MODELS, into=["o1"], read=diodes)
    got = judge.run_schedule(lowered.schedule, lowered.coefficients(wl_um=wl_um, settings=told))
    assert got.shape == (3, 2, len(diodes), 1)
    for chip in range(3):
        for w, wl in enumerate(wl_um):
            one = {path: {"phase_rad": told[path]["phase_rad"][chip]} for path in shifters}
            lossy = dict(MODELS)
            lossy["phase_shifter"] = lambda wl, **own: {
                pair: value * 10 ** (-0.1 / 20) for pair, value in MODELS["phase_shifter"](wl=wl, **own).items()
            }
            np.testing.assert_allclose(
                got[chip, w], judge.dense(netlist, lossy, ["o1"], diodes, one, float(wl)), atol=1e-12
            )


def test_arrays_are_settings_by_component_and_differentiate(pdk, circuit):
    netlist = circuit(2)
    diodes = [Pin(path, "o1") for path, leaf in netlist.flat.leaves.items() if leaf.component == "photodiode"]
    lowered = lower(netlist, MODELS, into=["o1"], read=diodes)
    paths = lowered.instances["phase_shifter"]
    phases = np.linspace(0, 2, len(paths))
    by_array = lowered.coefficients(arrays={"phase_shifter": {"phase_rad": phases}})
    by_path = lowered.coefficients(settings={p: {"phase_rad": v} for p, v in zip(paths, phases, strict=True)})
    for name in ("block", "way", "read"):
        np.testing.assert_allclose(getattr(by_array, name), getattr(by_path, name), atol=1e-14)

    @jax.jit
    def power(phase_rad, wl_um):
        c = lowered.coefficients(arrays={"phase_shifter": {"phase_rad": phase_rad}}, wl_um=wl_um)
        return jnp.real(jnp.sum(c.way * jnp.arange(c.way.size).reshape(c.way.shape)))

    slope, by_wl = jax.grad(power, (0, 1))(jnp.asarray(phases), 1.55)
    step = np.zeros(len(paths))
    step[3] = 1e-6
    assert abs((power(phases + step, 1.55) - power(phases - step, 1.55)) / 2e-6 - slope[3]) < 1e-5
    assert np.all(np.isfinite(slope)) and np.isfinite(by_wl)


def test_long_chains_and_many_lengths(judge):
    count = 300
    instances = {f"s{k}": ("straight", {"length_nm": 1000 + 37 * k}) for k in range(count)}
    nets = [(f"s{k},o2", f"s{k + 1},o1") for k in range(count - 1)]
    netlist = judge.flat_netlist(instances, nets, {"in": "s0,o1", "out": f"s{count - 1},o2"})
    lowered = lower(netlist, MODELS, into=["in"], read=["out", Pin("s100", "o1")])
    assert lowered.schedule.pair.shape == (2, 0)
    got = judge.run_schedule(lowered.schedule, lowered.coefficients())
    np.testing.assert_allclose(got, judge.dense(netlist, MODELS, ["in"], ["out", Pin("s100", "o1")]), atol=1e-12)


def test_light_that_never_arrives_reads_zero(judge):
    netlist = judge.flat_netlist(
        {"a": ("straight", {}), "b": ("straight", {})}, [], {"i": "a,o1", "o": "a,o2", "j": "b,o1", "p": "b,o2"}
    )
    got = judge.light(netlist, MODELS, ["i"], ["o", "p"])
    assert abs(got[0, 0]) > 0.9 and got[1, 0] == 0


def test_inputs_join_light_that_is_there(judge):
    netlist = judge.flat_netlist(
        {"a": ("straight", {}), "b": ("mmi2x2", {})},
        [("a,o2", "b,o1")],
        {"i": "a,o1", "j": "b,o2", "o": "b,o3", "p": "b,o4"},
    )
    into, read = ["i", Pin("b", "o1"), "j"], ["o", "p", Pin("b", "o1")]
    np.testing.assert_allclose(
        judge.light(netlist, MODELS, into, read), judge.dense(netlist, MODELS, into, read), atol=1e-13
    )


def test_coefficients_inside_a_compiled_function(judge, circuit):
    netlist = circuit(2)
    diodes = [Pin(path, "o1") for path, leaf in netlist.flat.leaves.items() if leaf.component == "photodiode"]
    lowered = lower(netlist, MODELS, into=["o1"], read=diodes)
    phases = np.linspace(0, 2, len(lowered.instances["phase_shifter"]))
    compiled = jax.jit(lambda value: lowered.coefficients(arrays={"phase_shifter": {"phase_rad": value}}).way)
    plain = lowered.coefficients(arrays={"phase_shifter": {"phase_rad": phases}}).way
    np.testing.assert_allclose(compiled(phases), plain, atol=1e-14)
    constant = jax.jit(lambda: jnp.asarray(lowered.coefficients(wl_um=1.54).way))
    np.testing.assert_allclose(constant(), lowered.coefficients(wl_um=1.54).way, atol=1e-14)


def test_models_in_numpy_and_models_as_matrices(judge):
    def guide(wl=1.5, length=10.0):
        loss = 0.9 if length > 5 else 0.99
        return {("in", "out"): loss * np.exp(2j * np.pi * 2.4 * length / wl)}

    def coupler():
        values = np.array([[0, 0, 0.6, 0.8j], [0, 0, 0.8j, 0.6], [0.6, 0.8j, 0, 0], [0.8j, 0.6, 0, 0]])
        return jnp.asarray(values), {"a": 0, "b": 1, "c": 2, "d": 3}

    models = {"guide": guide, "coupler": coupler}
    as_dict = {"guide": guide, "coupler": lambda wl: sax.sdict(coupler())}
    instances = {"g": ("guide", {"length": 3.0}), "h": ("guide", {}), "k": ("coupler", {})}
    nets = [("g,out", "k,a"), ("h,out", "k,b")]
    netlist = judge.flat_netlist(instances, nets, {"i": "g,in", "j": "h,in", "o": "k,c", "p": "k,d"})
    got = judge.light(netlist, models, ["i", "j"], ["o", "p"])
    np.testing.assert_allclose(got, judge.dense(netlist, as_dict, ["i", "j"], ["o", "p"]), atol=1e-12)
