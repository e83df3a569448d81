import numpy as np
import pytest

from chips.activation import ACTIVATIONS, MICRODISK_BIAS, MICRODISK_SLOPE, microdisk_power
from chips.readout import Readout
from compiler import network
from pdk.light import jnp

POWERS = np.linspace(0.0, 4.0, 4001)


def test_names_are_those_of_the_spec():
    assert tuple(ACTIVATIONS) == network.ACTIVATIONS


@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_light_never_goes_out_and_slope_is_bounded(activation):
    x = activation.apply(POWERS)
    slope = np.diff(x) / np.diff(POWERS)
    assert x.min() >= 0.1
    assert slope.min() >= 0 and slope.max() < 4
    assert activation.apply(np.array([-0.1])) >= 0.1  # a dark frame reads a little below zero


@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_numpy_and_jax_agree(activation):
    np.testing.assert_allclose(activation.apply(POWERS), activation.apply(jnp.asarray(POWERS), jnp), rtol=1e-14)


def test_modulator_stops_at_its_crest():
    assert ACTIVATIONS["modulator"].apply(np.array([0.8, 3.0])).tolist() == [1.0, 1.0]


def test_microdisk_is_a_lorentzian_of_its_drive():
    detuning = np.array([0.0, 1.0, 30.0])  # on resonance, at half width, far off
    np.testing.assert_allclose(microdisk_power(detuning), [0.01, 0.505, 0.9989], atol=1e-4)
    at_half_width = (1 - MICRODISK_BIAS) / MICRODISK_SLOPE
    assert ACTIVATIONS["microdisk"].apply(np.array([at_half_width]))[0] ** 2 == pytest.approx(0.505)


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
def test_delta_is_the_gradient_of_the_loss(loss):
    readout = Readout(ports=5, classes=3, gain=2.5, loss=loss)
    rng = np.random.default_rng(1)
    p, labels = rng.random((4, 5)), np.array([0, 1, 2, 1])
    step = 1e-6
    for port in range(5):
        move = step * np.eye(5)[port]
        slope = (readout.losses(p + move, labels) - readout.losses(p - move, labels)) / (2 * step)
        np.testing.assert_allclose(readout.delta(p, labels)[:, port], slope, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(readout.losses(jnp.asarray(p), labels, jnp), readout.losses(p, labels), rtol=1e-13)


def test_classes_share_the_ports():
    readout = Readout(ports=5, classes=2, gain=3.0)
    assert readout.logits(np.array([[1.0, 2.0, 4.0, 8.0, 16.0]])).tolist() == [[63.0, 30.0]]


def test_more_classes_than_ports_are_refused():
    with pytest.raises(ValueError, match="found 3 classes, expected 2 to 2"):
        Readout(ports=2, classes=3, gain=1.0)
