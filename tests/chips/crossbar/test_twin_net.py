"""A whole net in one shot: neurons, replicas, overrides, scale, and the gradient that a judge takes of it."""

from dataclasses import replace

import numpy as np
import pytest

from chips.crossbar import truth
from chips.crossbar.chip import Drive, Reading
from chips.crossbar.electronics import Electronics, require_reach, unit_ma
from chips.variation import Imperfections
from compiler.network import SpecError
from pdk.light import jnp

EXACT = Imperfections.real().without(
    "receiver_noise",
    "shot_noise",
    "thermal_noise_pa_per_rthz",
    "rin_db_per_hz",
    "offset_spread",
    "dac_bits",
    "adc_bits",
)
ACTIVATIONS = ("modulator", "soft_relu")
OUTPUTS: Reading = ("outputs", "layer2")


def _net(chip, activation, imperfections=EXACT, seed: int | list[int] = 0, **more):
    electronics = Electronics((activation, "modulator"), (1.0, 0.8), (0.2, 0.1))
    return chip.twin(seed, imperfections, electronics, **more), electronics


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_ideal_net_is_its_formula(crossbar, drives, activation):
    """x = f(gain · W x + bias), layer by layer; all readings are what the formula says."""
    chip, rng = crossbar(2, 3, 2), np.random.default_rng(1)
    twin, electronics = _net(chip, activation, Imperfections.ideal())
    twin.program(drives(chip.tables, rng))
    w, x = truth.weights(twin), rng.uniform(0, 1, (5, 2))
    shift = 0.3
    read: list[Reading] = [("rows", "layer1.forward"), ("rows", "layer2.forward"), ("monitors", "layer2.forward")]
    read += [("slopes", "layer1"), ("slopes", "layer2"), OUTPUTS]
    found = twin.measure(Drive(tuple(read), inputs=x, bias=0.7, replica_shift_rad=shift))

    tables, signal = chip.tables, x
    for layer, bank in enumerate(b for b in tables.banks if b.name.endswith("forward")):
        columns = np.concatenate([signal, np.full((5, 1), 0.7)], axis=1)
        u = columns @ w[bank.name][0].T
        unit = unit_ma(bank, tables.responsivity_a_per_w, 100.0)
        np.testing.assert_allclose(found["rows", bank.name][0] / unit, u, atol=1e-12)
        v = electronics.gains[layer] * u + electronics.biases_rad[layer]
        signal, replica = electronics.light(layer, v), electronics.light(layer, v + shift)
        slope = tables.bank("layer2.forward").slope[:3] if layer == 0 else tables.output_slope
        np.testing.assert_allclose(found["slopes", f"layer{layer + 1}"][0], 80 * slope * replica, atol=1e-12)
        if layer == 0:
            monitor = np.concatenate([signal, np.full((5, 1), 0.7)], axis=1) * tables.bank("layer2.forward").monitor
            np.testing.assert_allclose(found["monitors", "layer2.forward"][0], 80 * monitor, atol=1e-12)
    np.testing.assert_allclose(found[OUTPUTS][0], 80 * tables.output * signal, atol=1e-12)
    np.testing.assert_allclose(truth.outputs(twin, x, bias=0.7)[0], signal, atol=1e-12)


def test_truth_is_what_a_noiseless_chip_reads(crossbar, drives, warm):
    chip, rng = crossbar(2, 3, 2), np.random.default_rng(2)
    twin, _ = _net(chip, "modulator", seed=[3, 4], thermal=warm(chip.tables, rng))
    twin.program(drives(chip.tables, rng, 2, 3))
    x = rng.uniform(0, 1, (4, 2))
    read = twin.measure(Drive((OUTPUTS,), inputs=x))[OUTPUTS]
    assert read.shape == (2, 3, 4, 2)
    np.testing.assert_allclose(read / (80 * chip.tables.output), truth.outputs(twin, x), rtol=1e-12)


@pytest.mark.parametrize(("activation", "weight"), [("modulator", "mzi"), ("soft_relu", "pin")])
def test_true_gradient_is_that_of_differences(crossbar, drives, warm, activation, weight):
    chip, rng = crossbar(2, 3, 2, weight=weight), np.random.default_rng(5)
    thermal = warm(chip.tables, rng) if weight == "mzi" else None
    twin, _ = _net(chip, activation, seed=[1, 2], thermal=thermal)
    program, x, wanted = drives(chip.tables, rng, 2, 1), rng.uniform(0, 1, (4, 2)), rng.uniform(0, 1, (4, 2))

    def loss(outputs):
        return 0.5 * ((outputs - wanted) ** 2).sum((-1, -2))

    twin.program(program)
    found = truth.gradient(twin, x, loss)
    step = 1e-5
    for name, (i, j) in (("layer1.forward", (1, 2)), ("layer2.forward", (0, 1))):
        ends = []
        for sign in (1, -1):
            moved = program[name].copy()
            moved[..., i, j] += sign * step
            twin.program(program | {name: moved})
            ends.append(np.asarray(loss(jnp.asarray(truth.outputs(twin, x)))))
        np.testing.assert_allclose(
            found[name][:, 0, i, j], (ends[0] - ends[1])[:, 0] / (2 * step), rtol=1e-5, atol=1e-9
        )


def test_true_gradient_of_a_pin_weight_at_no_current_is_that_of_both_sides(crossbar):
    chip, step = crossbar(2, 3, 2, weight="pin"), 1e-6
    twin, _ = _net(chip, "modulator", seed=1)
    x, name = np.array([[0.3, 0.8]]), "layer1.forward"

    def loss(outputs):
        return outputs.sum((-1, -2))

    found = truth.gradient(twin, x, loss)[name][0, 1, 2]
    ends = []
    for sign in (1, -1):
        moved = np.zeros((3, 3))
        moved[1, 2] = sign * step
        twin.program({name: moved})
        ends.append(loss(truth.outputs(twin, x))[0])
    assert found == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-4)
    assert abs(found) > 1e-4


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_override_takes_the_place_of_the_neurons(crossbar, drives, activation):
    """One hidden modulator is lit at a time; its replica follows, the rows before it don't matter."""
    chip, rng = crossbar(2, 3, 2), np.random.default_rng(4)
    twin, electronics = _net(chip, activation, Imperfections.ideal())
    twin.program(drives(chip.tables, rng))
    read: tuple[Reading, ...] = (("rows", "layer2.forward"), ("slopes", "layer1"))
    one = 0.9 * np.eye(3)
    drive = Drive(read, bias=0.0, override={"layer2.forward": one}, inputs=rng.uniform(0, 1, (1, 2)))
    found = twin.measure(drive)
    unit = unit_ma(chip.tables.bank("layer2.forward"), 0.8, 100.0)
    weights = truth.weights(twin)["layer2.forward"][0]
    np.testing.assert_allclose(found["rows", "layer2.forward"][0] / unit, 0.9 * weights[:, :3].T, atol=1e-12)
    slope = 80 * chip.tables.bank("layer2.forward").slope[:3]
    np.testing.assert_allclose(found["slopes", "layer1"][0] / slope, one, atol=1e-8)
    assert electronics.light(0, electronics.drive(0, np.array([0.25, 0.5])))[0] == pytest.approx(0.25)


def test_scale_multiplies_a_whole_bank(crossbar, drives):
    chip, rng = crossbar(2, 3, 2), np.random.default_rng(6)
    twin, _ = _net(chip, "modulator", replace(EXACT, extinction_db=None))
    twin.program(drives(chip.tables, rng))
    x, s = rng.uniform(0, 1, (5, 2)), rng.uniform(0, 1, 5)
    for group in ("rows", "monitors"):
        key = (group, "layer1.forward")
        whole = twin.measure(Drive((key,), inputs=x))[key]
        scaled = twin.measure(Drive((key,), inputs=x, scale={"layer1.forward": s}))[key]
        np.testing.assert_allclose(scaled, s[:, None] * whole, rtol=1e-12)


def test_dark_is_as_dark_as_extinction_says(crossbar):
    chip = crossbar(2, 3, 2)
    key = ("monitors", "layer2.backward")
    lit, dark = np.ones((1, 2)), np.zeros((1, 2))
    for extinction_db, floor in ((20.0, 1e-2), (None, 0.0)):
        twin, _ = _net(chip, "modulator", replace(EXACT, extinction_db=extinction_db))
        bright = twin.measure(Drive((key,), errors={"layer2.backward": lit}))[key]
        np.testing.assert_allclose(twin.measure(Drive((key,)))[key], floor * bright, rtol=1e-12)
        shut = Drive((key,), errors={"layer2.backward": lit}, open_columns={"layer2.backward": dark.astype(bool)})
        np.testing.assert_allclose(twin.measure(shut)[key], floor * bright, rtol=1e-12)  # 20 dB is the shutters' too


def test_light_stays_within_the_swing():
    narrow = Electronics(("modulator", "soft_relu"), (1.0, 1.0), (0.0, 0.0), swing_rad=0.5)
    for layer in (0, 1):
        light = narrow.light(layer, np.linspace(-9, 9, 101))
        assert (light.min(), light.max()) == pytest.approx(narrow.reach(layer), abs=1e-9)
        v = np.linspace(-1, 1, 41)
        np.testing.assert_allclose(np.asarray(narrow.light(layer, jnp.asarray(v), jnp)), narrow.light(layer, v))


@pytest.mark.parametrize(
    ("gains", "swing", "wanted", "text"),
    [
        ((8.0, 1.0), 3.0, (0.0, 1.0), None),
        ((8.0, 1.0), 0.5, (0.0, 1.0), "network.layers[1].activation: found modulator whose modulator goes from 0.26"),
        ((8.0, 0.01), 3.0, (0.1, 0.9), "one that reaches the data's 0.1 to 0.9"),
        ((0.01, 1.0), 3.0, (0.1, 0.9), "network.layers[0].activation"),
        ((8.0, 1.0), 3.0, (0.0, 1.5), "0 to 1.5"),
    ],
)
def test_activation_that_cannot_reach_the_data_is_refused(gains, swing, wanted, text):
    electronics = Electronics(("modulator", "modulator"), gains, (0.0, 0.0), swing_rad=swing)
    if text is None:
        require_reach(electronics, (3, 9), wanted)
        return
    with pytest.raises(SpecError) as error:
        require_reach(electronics, (3, 9), wanted)
    assert text in str(error.value)
    assert "\n" not in str(error.value)


def test_electronics_that_do_not_fit_are_refused(crossbar):
    with pytest.raises(ValueError, match="expected one of each per layer"):
        Electronics(("modulator",), (1.0, 2.0), (0.0,))
    with pytest.raises(ValueError, match="layer 1: found the activation 'sqrt'"):
        Electronics(("sqrt",), (1.0,), (0.0,))
    with pytest.raises(ValueError, match="finite"):
        Electronics(("modulator",), (float("nan"),), (0.0,))
    with pytest.raises(ValueError, match="found 1 layers, expected 2"):
        crossbar(2, 3, 2).twin(0, electronics=Electronics(("modulator",), (1.0,), (0.0,)))
