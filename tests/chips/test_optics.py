"""A layer as light sees it is the circuit: equal to SAX, reciprocal, lossless where its parts are, differentiable."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chips import engine
from chips.draw import draw
from chips.engine import Coefficients
from chips.lowered import lowered
from chips.optics import Beam, equal_losses, layer_circuit
from chips.reference import s_matrix
from chips.variation import Imperfections
from compiler.names import left, right
from compiler.netlist import Pin
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
    back = optics.back.matrix(phases)
    taps = back.shape[-2] - optics.source.shape[-1]
    return optics.ahead.matrix(phases), back[..., :taps, :], back[..., taps:, :]


@pytest.mark.parametrize("ports", [4, 8, 16])
def test_mesh_equals_sax(pdk, circuit, ports):
    netlist = circuit(ports)
    (path,) = layer_paths(netlist, pdk)
    shifters, couplers = _random_devices(path, np.random.default_rng(ports))
    optics = layer_circuit(path, netlist, pdk).optics(wl_um=WAVELENGTHS_UM, deviations=couplers)
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

    order = phases.copy()
    order[[0, 1]] = order[[1, 0]]
    assert np.abs(s.between(rights, lefts) - optics.ahead.matrix(order)).max() > 1e-3, "control: a swapped pair"


@pytest.mark.parametrize(("ports", "linear"), [(4, "unitary"), (8, "svd")])
def test_layer_equals_sax(pdk, circuit, ports, linear):
    """From the laser through feed tree, boundary cells and mesh to every photodiode, both lights on at once."""
    netlist = circuit(ports, linear=linear)
    (path,) = layer_paths(netlist, pdk)
    rng = np.random.default_rng(ports)
    shifters, couplers = _random_devices(path, rng)
    optics = layer_circuit(path, netlist, pdk).optics(wl_um=WAVELENGTHS_UM, deviations=couplers)
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
    (layer,) = draw(lowered(netlist, pdk).rosters, Imperfections.real(), 3)
    return paths[0], layer_circuit(paths[0], netlist, pdk).optics(deviations=layer.deviations)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_energy(drawn, seed):
    """Real devices are passive; the same with its losses taken out conserves energy."""
    path, optics = drawn
    phases = np.random.default_rng(seed).uniform(0, 2 * np.pi, len(path.taps))
    assert np.linalg.svd(optics.ahead.matrix(phases), compute_uv=False).max() < 1
    at = optics.ahead.at
    lossless = Coefficients(
        block=at.block / np.linalg.norm(at.block, axis=-3, keepdims=True),
        way=at.way / np.abs(at.way),
        read=at.read / np.abs(at.read),
    )
    unitary = Beam(optics.ahead.schedule, lossless).matrix(phases)
    assert np.abs(unitary.conj().T @ unitary - np.eye(4)).max() < TOLERANCE


@pytest.mark.parametrize("linear", ["unitary", "svd"])
def test_equal_losses_make_the_tables_exact(pdk, circuit, linear):
    """M†M = A_tot, dumps included where their echo is amplified as the tables say."""
    netlist = circuit(4, linear=linear)
    (path,) = layer_paths(netlist, pdk)
    (table,) = tables(netlist, pdk).layers
    shifters, couplers = _random_devices(path, np.random.default_rng(0))
    phases = np.array([values["phase_rad"] for values in shifters.values()])
    layer = layer_circuit(path, netlist, pdk)

    def off(deviations):
        forward = layer.optics(deviations=deviations).ahead.matrix(phases)
        gram = forward.conj().T @ (table.echo_gain[:, None] * forward)
        return np.abs(gram - table.a_tot * np.eye(4)).max() / table.a_tot

    assert off(couplers) > 1e-6, "control: unequal as drawn"
    assert off(equal_losses(path, netlist.flat, pdk, couplers)) < TOLERANCE


def test_programs_and_wavelengths_are_leading_axes(pdk, circuit):
    netlist = circuit(4)
    (path,) = layer_paths(netlist, pdk)
    rng = np.random.default_rng(0)
    phases, x = rng.uniform(0, 6, (3, len(path.taps))), rng.standard_normal((4, 5))
    layer = layer_circuit(path, netlist, pdk)
    many = layer.optics(wl_um=WAVELENGTHS_UM[:2])
    y, back = many.ahead.fields(phases[:, None], x), many.back.fields(phases[:, None], x)
    assert y.shape == (3, 2, 4, 5)
    assert back.shape == (3, 2, len(path.taps) + 4, 5)
    one = layer.optics(wl_um=WAVELENGTHS_UM[1])
    assert np.abs(y[2, 1] - one.ahead.fields(phases[2], x)).max() < TOLERANCE


def test_forward_backward_and_taps_in_one_call(pdk, circuit):
    """Light from both sides at once: what each side does alone, added up."""
    netlist = circuit(4)
    (path,) = layer_paths(netlist, pdk)
    layer, links = layer_circuit(path, netlist, pdk), netlist.flat.links
    inputs = [Pin(f"{entry.cell}.coupler", "o3") for entry in path.inputs]
    outputs = [Pin(f"{out.cell}.coupler", "o2") for out in path.outputs]
    taps = [links[Pin(tap.drop[-1].path, tap.drop[-1].out)] for tap in path.taps]
    both = engine.lower(
        netlist,
        pdk.models(),
        into=[links[pin] for pin in [*inputs, *outputs]],
        read=[*outputs, *taps, *inputs],
        slots={tap.shifter: k for k, tap in enumerate(path.taps)},
    )
    rng = np.random.default_rng(0)
    phases, x, e = rng.uniform(0, 6, len(taps)), rng.standard_normal((4, 3)), rng.standard_normal((4, 3))
    found = engine.fields(both.schedule, both.coefficients(), phases, np.concatenate([x, e]))
    optics = layer.optics()
    expected = np.concatenate([optics.ahead.fields(phases, x), optics.back.fields(phases, e)])
    assert np.abs(expected).max() > 0.1
    assert np.abs(found - expected).max() < TOLERANCE


def test_derivative_in_phases(pdk, circuit):
    netlist = circuit(4)
    (path,) = layer_paths(netlist, pdk)
    optics = layer_circuit(path, netlist, pdk).optics()
    rng = np.random.default_rng(0)
    phases, x, weight = rng.uniform(0, 6, len(path.taps)), rng.standard_normal((4, 1)), rng.standard_normal((4, 1))

    def power(at):
        return jax.numpy.sum(weight * jax.numpy.abs(optics.ahead.fields(at, x)) ** 2)

    slope, step = np.asarray(jax.grad(power)(jax.numpy.asarray(phases))), 1e-5
    for k in range(len(phases)):
        turn = step * np.eye(len(phases))[k]
        assert slope[k] == pytest.approx(float(power(phases + turn) - power(phases - turn)) / (2 * step), abs=1e-8)
