"""What the electronics of a design's neurons are set to."""

from chips.crossbar.electronics import Electronics
from compiler.network import Design

GAINS = {"modulator": (8.0, 2.0), "soft_relu": (4.0, 2.0)}
"""Activation to the gain of a hidden layer and of the last one, rad per unit current (no unit for soft_relu). Assumed:
with less a modulator bends too little for eight neurons to separate two moons (4: 2 points worse), with more it starts
past its swing."""


def set_points(design: Design) -> Electronics:
    """Gains as the design says, or by activation; biases by activation: every modulator at quadrature, or at the foot
    of soft_relu's slope."""
    names = tuple(name or "modulator" for name in design.activations)
    last = len(names) - 1
    gains = tuple(
        GAINS[name][index == last] if layer.gain is None else layer.gain
        for index, (name, layer) in enumerate(zip(names, design.network.layers, strict=True))
    )
    return Electronics(names, gains, tuple(0.0 if name == "modulator" else 0.5 for name in names))
