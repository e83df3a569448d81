"""A design that cannot be says so when it is built; one that can knows its ports."""

from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest

from compiler.network import ChipSpec, Design, Layer, Network, SpecError, TrainSpec, check_int, shown

TRAIN = TrainSpec("moons")


def design(inputs: int, *outputs: int, **chip: Any) -> Design:
    hidden = [Layer(count, "sqrt") for count in outputs[:-1]]
    return Design(Network("net", inputs, (*hidden, Layer(outputs[-1]))), ChipSpec(**chip), TRAIN)


def crossbar(inputs: int, *outputs: int, activation: str = "modulator", loss: str = "mse", **chip: Any) -> Design:
    layers = tuple(Layer(count, activation) for count in outputs)
    return Design(Network("net", inputs, layers, loss), ChipSpec("crossbar", **chip), TRAIN)


def test_a_crossbar_has_bias_light_and_an_activation_everywhere() -> None:
    built = Design(Network("net", 2, (Layer(8, "soft_relu"), Layer(1)), "mse"), ChipSpec("crossbar"), TRAIN)
    assert built.has_bias == (True, True)
    assert built.activations == ("soft_relu", "modulator")
    assert design(2, 4, 2).activations == ("sqrt", None)


@pytest.mark.parametrize(
    ("built", "ports", "widths", "bias_ports"),
    [
        (design(2, 4, 4, 2), 4, (3, 4, 4), (2, None, None)),
        (design(2, 4, 4, 2, bias="all"), 6, (3, 5, 5), (2, 4, 4)),
        (design(2, 2, bias="none"), 2, (2,), (None,)),
        (design(1, 1, bias="none"), 2, (1,), (None,)),
        (design(3, 9, 2), 10, (4, 9), (3, None)),
        (design(2, 4, 2, ports=16), 16, (3, 4), (2, None)),
        (design(15, 16), 16, (16,), (15,)),
        (design(63, 64), 64, (64,), (63,)),
    ],
)
def test_ports_and_widths(built: Design, ports: int, widths: tuple, bias_ports: tuple) -> None:
    assert (built.ports, built.layer_widths, built.bias_ports) == (ports, widths, bias_ports)
    assert all(limit <= built.ports for limit in (*built.layer_widths, *built.network.layer_outputs))


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (
            lambda: design(2, 5, 2, ports=4),
            "network.layers[0].outputs: found 5 outputs, expected at most 4 (chip.ports); "
            "raise chip.ports (up to 64) or make the layer narrower",
        ),
        (
            lambda: design(4, 4, ports=4),
            "network.inputs: found 4 inputs and a bias port, expected at most 4 (chip.ports); "
            "raise chip.ports (up to 64) or make the layer narrower",
        ),
        (
            lambda: design(64, 4),
            "network.inputs: found 64 inputs and a bias port, expected at most 64 ports; make the layer narrower",
        ),
        (
            lambda: design(2, 64, 2, bias="all"),
            "network.layers[0].outputs: found 64 inputs and a bias port, "
            "expected at most 64 ports; make the layer narrower",
        ),
        (lambda: design(2, 65), "network.layers[0].outputs: found 65, expected a whole number from 1 to 64"),
        (lambda: design(0, 2), "network.inputs: found 0, expected a whole number from 1 to 64"),
        (lambda: design(2, *[2] * 5), "network.layers: found 5 layers, expected 1 to 4"),
        (lambda: Network("n", 2, ()), "network.layers: found 0 layers, expected 1 to 4"),
        (
            lambda: Network("a b", 2, (Layer(2),)),
            "name: found 'a b', expected a letter, then up to 31 letters, digits, - or _",
        ),
        (
            lambda: Network("n", 2, (Layer(2), Layer(2))),
            "network.layers[0].activation: found nothing, expected one of: sqrt, modulator, soft_relu, microdisk",
        ),
        (
            lambda: Design(Network("n", 2, (Layer(2, "sqrt"),)), ChipSpec(), TRAIN),
            "network.layers[0].activation: found 'sqrt', expected none after the last layer of a mesh; leave it out",
        ),
        (
            lambda: Network("n", 2, (Layer(2),), "mce"),
            "network.loss: found 'mce', expected one of: cross_entropy, mse; did you mean mse?",
        ),
        (
            lambda: ChipSpec("crosbar"),
            "chip.architecture: found 'crosbar', expected one of: mesh, crossbar; did you mean crossbar?",
        ),
        (
            lambda: ChipSpec(linear="SVDs"),
            "chip.linear: found 'SVDs', expected one of: unitary, svd; did you mean svd?",
        ),
        (lambda: ChipSpec(weight="pins"), "chip.weight: found 'pins', expected one of: mzi, pin; did you mean pin?"),
        (
            lambda: design(2, 2, weight="pin"),
            "chip.weight: found pin, expected nothing: that is for crossbars; leave it out",
        ),
        (
            lambda: crossbar(2, 33),
            "network.layers[0].outputs: found 33, expected a whole number from 1 to 32",
        ),
        (
            lambda: Design(Network("net", 2, (Layer(2, gain=2.0),)), ChipSpec(), TRAIN),
            "network.layers[0].gain: found 2.0, expected nothing: that is for crossbars; leave it out",
        ),
        (
            lambda: Design(Network("net", 2, (Layer(2, gain=-2.0),), "mse"), ChipSpec("crossbar"), TRAIN),
            "network.layers[0].gain: found -2.0, expected a number between 0 and 1000",
        ),
        (
            lambda: TrainSpec("iris", samples=100),
            "train.samples: found 100, expected nothing: only moons, circles, xor are drawn with as many points as one "
            "likes; leave it out",
        ),
        (lambda: crossbar(33, 2), "network.inputs: found 33, expected a whole number from 1 to 32"),
        (
            lambda: crossbar(2, 8, 1, activation="sqrt"),
            "network.layers[0].activation: found 'sqrt', expected one of: modulator, soft_relu",
        ),
        (
            lambda: crossbar(2, 2, loss="cross_entropy"),
            "network.loss: found cross_entropy, expected mse: an error of a crossbar is a difference of two powers; "
            "set network.loss: mse",
        ),
        (
            lambda: crossbar(2, 2, ports=4),
            "chip.ports: found 4, expected none: a crossbar's banks are as wide as their layers; leave it out",
        ),
        (
            lambda: crossbar(2, 2, bias="first"),
            "chip.bias: found first, expected all: every layer of a crossbar has bias light",
        ),
        (
            lambda: crossbar(2, 2, linear="svd"),
            "chip.linear: found svd, expected nothing: that is for meshes; leave it out",
        ),
        (
            lambda: crossbar(2, 2, bonding="wire"),
            "chip.bonding: found wire, expected auto or bump: weights stand too dense for pads at the edges; "
            "leave it out",
        ),
        (lambda: ChipSpec(ports=0), "chip.ports: found 0, expected a whole number from 2 to 64"),
        (lambda: ChipSpec(ports=True), "chip.ports: found True, expected a whole number from 2 to 64"),
        (lambda: ChipSpec(bias="last"), "chip.bias: found 'last', expected one of: first, all, none"),
        (
            lambda: ChipSpec(io="gratings"),
            "chip.io: found 'gratings', expected one of: edge, grating; did you mean grating?",
        ),
        (
            lambda: TrainSpec("digit"),
            "train.data: found 'digit', expected one of: moons, circles, xor, iris, wine, digits, "
            "or a .csv file; did you mean digits?",
        ),
        (lambda: TrainSpec("moons", test_share=1), "train.test_share: found 1, expected a number between 0 and 1"),
        (
            lambda: replace(design(2, 2), train=TrainSpec("iris", 3)),
            "train.preprocess.pca: found 3 components for "
            "2 network inputs, expected as many; set one of the two (pca: 2)",
        ),
    ],
)
def test_what_cannot_be(build, text: str) -> None:
    with pytest.raises(SpecError) as caught:
        build()
    assert str(caught.value) == text


def test_a_design_is_frozen_and_can_be_a_key() -> None:
    built = design(2, 4, 2)
    assert {built: 1}[design(2, 4, 2)] == 1
    with pytest.raises(FrozenInstanceError):
        built.chip.ports = 3  # pyright: ignore
    assert design(2, 4, io="grating").chip.io == "grating"


VALUES = ("a\nb\x1b[31m", "x" * 1000, 10**5000, float("nan"), {"a": [1]}, None, "\u2028")


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_values_are_shown_on_one_short_line(value: object) -> None:
    assert len(shown(value)) <= 40 and shown(value).isprintable()
    with pytest.raises(SpecError):
        check_int(("k",), value, 0, 5)
