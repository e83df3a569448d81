"""The engine is the circuit: equal to SAX, reciprocal, lossless where its parts are, differentiable."""

from dataclasses import replace

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chips import engine
from chips.optics import equal_losses, layer_optics
from chips.reference import s_matrix
from chips.variation import Imperfections, draw
from compiler.names import left, right
from compiler.paths import layer_paths
from compiler.tables import tables

TOLERANCE = 1e-12
WAVELENGTHS_UM = np.array([1.53, 1.55, 1.561])


def _random_devices(path, rng):
    """Phases on all tapped shifters, imbalance on all couplers of the mesh."""
    shifters = {tap.shifter: {"phase_rad": rng.uniform(0, 2 * np.pi)} for tap in path.taps}
    couplers = [c.path for stage in path.couplings for c in stage]
    return shifters, {name: {"imbalance_rad": 0.03 * rng.standard_normal()} for name in couplers}


def _matrices(optics, phases):
    """Output ← input, tap ← output, input ← output."""
    forward = engine.forward(optics, phases, np.eye(optics.source.shape[-1]))
    taps, back = engine.backward(optics, phases, np.eye(optics.inject.shape[-1]))
    return (np.swapaxes(np.asarray(m), -1, -2) for m in (forward, taps, back))


@pytest.mark.parametrize("ports", [4, 8, 16])
def test_mesh_equals_sax(pdk, circuit, ports):
    netlist = circuit(ports)
    (path,) = layer_paths(netlist, pdk)
    shifters, couplers = _random_devices(path, np.random.default_rng(ports))
    optics = layer_optics(path, netlist.flat, pdk, wl_um=WAVELENGTHS_UM, deviations=couplers)
    phases = np.array([shifters[tap.shifter]["phase_rad"] for tap in path.taps])
    forward, taps, back = _matrices(optics, phases)

    inside = len("layer1.mesh.")
    program = {name[inside:]: values for name, values in (shifters | couplers).items()}
    s = s_matrix(netlist, pdk, program=program, wl_um=WAVELENGTHS_UM, cell=f"mesh_{ports}")
    lefts, rights = [left(ports, row) for row in range(ports)], [right(ports, row) for row in range(ports)]
    diodes = [tap.photodiode[inside:] for tap in path.taps]
    assert np.abs(forward).max() > 0.1
    assert np.abs(s.between(rights, lefts) - forward).max() < TOLERANCE
    assert np.abs(s.between(lefts, rights) - back).max() < TOLERANCE
    assert np.abs(s.between(diodes, rights) - taps).max() < TOLERANCE
    assert np.abs(s.between(diodes, lefts)).max() == 0, "a tap sees backward light only"
    assert np.abs(back - np.swapaxes(forward, -1, -2)).max() < TOLERANCE, "reciprocity"

    swapped = optics.segment.copy()
    swapped[:, 1, [0, 1]] = swapped[:, 1, [1, 0]]
    order = phases.copy()
    order[[0, 1]] = order[[1, 0]]
    wrong = np.asarray(engine.forward(replace(optics, segment=swapped), order, np.eye(ports)))
    assert np.abs(s.between(rights, lefts) - np.swapaxes(wrong, -1, -2)).max() > 1e-3, "control: a swapped pair"


@pytest.mark.parametrize(("ports", "linear"), [(4, "unitary"), (8, "svd")])
def test_layer_equals_sax(pdk, circuit, ports, linear):
    """From the laser through feed tree, boundary cells and mesh to every photodiode, both lights on at once."""
    netlist = circuit(ports, linear=linear)
    (path,) = layer_paths(netlist, pdk)
    rng = np.random.default_rng(ports)
    shifters, couplers = _random_devices(path, rng)
    optics = layer_optics(path, netlist.flat, pdk, wl_um=WAVELENGTHS_UM, deviations=couplers)
    phases = np.array([shifters[tap.shifter]["phase_rad"] for tap in path.taps])
    x, e = rng.uniform(-1, 1, len(path.inputs)), rng.uniform(-1, 1, len(path.outputs))
    forward, taps, back = _matrices(optics, phases)

    openings = {i.modulator: {"amplitude": v} for i, v in zip(path.inputs, x, strict=True)}
    openings |= {o.modulator: {"amplitude": v} for o, v in zip(path.outputs, e, strict=True)}
    program = {name.removeprefix("layer1."): v for name, v in (shifters | couplers | openings).items()}
    s = s_matrix(netlist, pdk, program=program, wl_um=WAVELENGTHS_UM, cell="layer")

    def seen(diodes):
        return s.between([name.removeprefix("layer1.") for name in diodes], ["o1"])[..., 0]

    y = np.einsum("wij,wj->wi", forward, x * optics.source)
    injected = e * optics.inject
    expected = {
        "detector": (y * optics.detector + e * optics.reflect, [f"{o.cell}.detector" for o in path.outputs]),
        "monitor": (x * optics.monitor, [f"{i.cell}.monitor" for i in path.inputs]),
        "backward": (
            np.einsum("wij,wj->wi", back, injected) * optics.backward,
            [f"{i.cell}.backward" for i in path.inputs],
        ),
        "tap": (np.einsum("wij,wj->wi", taps, injected), [tap.photodiode for tap in path.taps]),
    }
    for group, (field, diodes) in expected.items():
        assert np.abs(field).max() > 1e-3, group
        assert np.abs(seen(diodes) - field).max() < TOLERANCE, group


@pytest.fixture(scope="module")
def drawn(pdk, circuit):
    """A layer of four ports as it comes from a real fab."""
    netlist = circuit(4)
    paths = layer_paths(netlist, pdk)
    (layer,) = draw(paths, netlist, pdk, Imperfections.real(), 3)
    return paths[0], layer_optics(paths[0], netlist.flat, pdk, deviations=layer.deviations)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_energy(drawn, seed):
    """Real devices are passive; the same with its losses taken out conserves energy at every stage."""
    path, optics = drawn
    rng = np.random.default_rng(seed)
    phases = rng.uniform(0, 2 * np.pi, len(path.taps))
    forward, _, _ = _matrices(optics, phases)
    assert np.linalg.svd(forward, compute_uv=False).max() < 1

    kept = np.sqrt(np.abs(optics.own) ** 2 + np.abs(optics.cross) ** 2)
    lossless = replace(
        optics, segment=optics.segment / np.abs(optics.segment), own=optics.own / kept, cross=optics.cross / kept
    )
    x = rng.standard_normal((5, 4)) + 1j * rng.standard_normal((5, 4))
    fields = np.asarray(engine.forward_fields(lossless, phases, x))
    energy = np.sum(np.abs(fields) ** 2, axis=-1)
    assert np.abs(energy / np.sum(np.abs(x) ** 2, axis=-1, keepdims=True) - 1).max() < TOLERANCE


@pytest.mark.parametrize("linear", ["unitary", "svd"])
def test_equal_losses_make_the_tables_exact(pdk, circuit, linear):
    """M†M = A_tot, dumps included where their echo is amplified as the tables say."""
    netlist = circuit(4, linear=linear)
    (path,) = layer_paths(netlist, pdk)
    (table,) = tables(netlist, pdk).layers
    shifters, couplers = _random_devices(path, np.random.default_rng(0))
    phases = np.array([values["phase_rad"] for values in shifters.values()])
    optics = layer_optics(path, netlist.flat, pdk, deviations=couplers)

    def off(optics):
        forward, _, _ = _matrices(optics, phases)
        gram = forward.conj().T @ (table.echo_gain[:, None] * forward)
        return np.abs(gram - table.a_tot * np.eye(4)).max() / table.a_tot

    assert off(optics) > 1e-6, "control: unequal as drawn"
    assert off(equal_losses(optics, path.ports)) < TOLERANCE


def test_programs_and_wavelengths_are_leading_axes(pdk, circuit):
    netlist = circuit(4)
    (path,) = layer_paths(netlist, pdk)
    rng = np.random.default_rng(0)
    phases, x = rng.uniform(0, 6, (3, len(path.taps))), rng.standard_normal((5, 4))
    many = layer_optics(path, netlist.flat, pdk, wl_um=WAVELENGTHS_UM[:2])
    y = np.asarray(engine.forward(many, phases, x))
    taps, back = engine.backward(many, phases, x)
    assert y.shape == back.shape == (3, 2, 5, 4)
    assert taps.shape == (3, 2, 5, len(path.taps))
    one = layer_optics(path, netlist.flat, pdk, wl_um=WAVELENGTHS_UM[1])
    assert np.abs(y[2, 1] - engine.forward(one, phases[2], x)).max() < TOLERANCE


def test_derivative_in_phases(pdk, circuit):
    netlist = circuit(4)
    (path,) = layer_paths(netlist, pdk)
    optics = layer_optics(path, netlist.flat, pdk)
    rng = np.random.default_rng(0)
    phases, x, weight = rng.uniform(0, 6, len(path.taps)), rng.standard_normal((1, 4)), rng.standard_normal(4)

    def power(at):
        return jax.numpy.sum(weight * jax.numpy.abs(engine.forward(optics, at, x)) ** 2)

    slope, step = np.asarray(jax.grad(power)(jax.numpy.asarray(phases))), 1e-5
    for k in range(len(phases)):
        turn = step * np.eye(len(phases))[k]
        assert slope[k] == pytest.approx(float(power(phases + turn) - power(phases - turn)) / (2 * step), abs=1e-8)
