"""Who does what in a training step: light, the chip's electronics, or the host, with how much of it.

Light multiplies and interferes; electronics convert, hold an activation and form sums of a few readings at one place;
the host holds the numbers that outlive a sample. Where a camera reads, every reading comes to the host, and so does all
that is made of one. Counts follow from the circuit and the protocol, for one sample unless said otherwise.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compiler.tables import Tables

HOMODYNE, ECHO, THREE_PASS, DITHER = 4, 3, 4, 2
"""Shots per sample: field read-out, echo, three-pass with its second phase, slope of an activation."""


class Where(StrEnum):
    """Where an operation happens."""

    LIGHT = "light"
    ELECTRONICS = "chip electronics"
    HOST = "host"


@dataclass(frozen=True)
class Operation:
    """One line of the ledger."""

    name: str
    where: Where
    count: int
    unit: str
    how: str


ORDERED = ("DAC codes", "DAC codes per step", "programs")
"""Units of what electronics send to the chip; all else that they do begins with a reading."""


def by_camera(operations: Iterable[Operation]) -> tuple[Operation, ...]:
    """The same operations where a camera reads in place of photodiodes."""
    found = []
    for one in operations:
        if one.where is Where.ELECTRONICS and one.unit not in ORDERED:
            one = replace(one, where=Where.HOST, how=f"from the camera's frames; {one.how}")
        how = one.how.replace("photodiodes", "gratings")
        found.append(replace(one, unit=SEEN.get(one.unit, one.unit), how=how))
    return tuple(found)


SEEN = {"photocurrents": "spots", "ADC readings": "readings of spots"}
"""Units of readings, and what they are of a camera."""


def ledger(tables: "Tables", gradient: str) -> tuple[Operation, ...]:
    """Every operation of a training step, in its order. `gradient`: echo, three_pass or parameter_shift."""
    layers = tables.layers
    depth = len(layers)
    inputs, shifters = sum(t.ports for t in layers), sum(len(t.shifters) for t in layers)
    outputs = sum(len(t.outputs) for t in layers)
    products = sum(t.ports * len(t.outputs) for t in layers)
    hidden = sum(t.ports for t in layers[1:])
    light, electronics, host = Where
    once = f"{'heaters' if tables.drive.kind == 'thermo-optic' else 'voltages'}, once per batch"
    forward = (
        Operation("set the phase shifters", electronics, shifters, "DAC codes per step", once),
        Operation("drive the inputs", electronics, inputs, "DAC codes", "push-pull modulators on fresh light"),
        Operation("multiply by the matrices", light, products, "complex products", f"{depth} shots, one per layer"),
        Operation("square the fields", light, outputs, "photocurrents", "photodiodes at the outputs"),
        Operation("apply the activations", electronics, hidden, "values", "amplifier and modulator of the next layer"),
        Operation("read the inputs", electronics, inputs, "ADC readings", "monitor photodiodes, in the same shots"),
        Operation("form the loss and its slope", electronics, layers[-1].ports, "values", "read-out of the last layer"),
    )
    slopes = Operation(
        "measure the activations' slopes",
        electronics,
        DITHER * hidden,
        "ADC readings",
        f"dither, {DITHER * (depth - 1)} shots",
    )
    update = (
        Operation("average over the batch", host, shifters, "sums", "in float64"),
        Operation(
            "update the phases", host, shifters, "values per step", "Adam on shadow registers behind the DAC codes"
        ),
    )
    if gradient == "parameter_shift":
        backward: tuple[Operation, ...] = _parameter_shift(tables)
    else:
        backward = _backward(tables, ECHO if gradient == "echo" else THREE_PASS, gradient)
    found = (*forward, *backward, slopes, *update)
    return by_camera(found) if tables.camera else found


def shots_per_sample(tables: "Tables", gradient: str) -> int:
    """Shots that one sample of a training step takes."""
    depth = len(tables.layers)
    if gradient == "parameter_shift":
        each = sum(2 * len(t.shifters) + 2 * t.ports for t in tables.layers)
    else:
        each = depth * (HOMODYNE + (ECHO if gradient == "echo" else THREE_PASS))
    return depth + each + DITHER * (depth - 1)


def _backward(tables: "Tables", passes: int, name: str) -> tuple[Operation, ...]:
    light, electronics, _ = Where
    layers = tables.layers
    depth = len(layers)
    outputs, taps = sum(len(t.outputs) for t in layers), sum(len(t.taps) for t in layers)
    inputs = sum(t.ports for t in layers)
    products = sum(t.ports * len(t.outputs) for t in layers)
    sent = "error and echo, three phases" if name == "echo" else "echo, error, both"
    return (
        Operation(
            "interfere with the local oscillators",
            light,
            HOMODYNE * outputs,
            "photocurrents",
            f"{HOMODYNE * depth} shots",
        ),
        Operation("form the output fields", electronics, outputs, "complex sums of 4", "four-step homodyne"),
        Operation(
            "set the output sources", electronics, 2 * passes * outputs, "DAC codes", "modulator and phase shifter"
        ),
        Operation(
            "multiply by the transposed matrices",
            light,
            passes * products,
            "complex products",
            f"{passes * depth} shots; {sent}",
        ),
        Operation(
            "multiply error by input at every shifter",
            light,
            passes * taps,
            "photocurrents",
            "at the taps, all read at once",
        ),
        Operation(
            "read the error at the inputs", light, passes * inputs, "photocurrents", "photodiodes behind the inputs"
        ),
        Operation(
            "form the gradients",
            electronics,
            taps + inputs,
            f"sums of {passes}",
            "with fixed weights and the nominal tables",
        ),
    )


def _parameter_shift(tables: "Tables") -> tuple[Operation, ...]:
    light, electronics, host = Where
    layers = tables.layers
    shifters, inputs = sum(len(t.shifters) for t in layers), sum(t.ports for t in layers)
    products = sum(2 * (len(t.shifters) + t.ports) * t.ports * len(t.outputs) for t in layers)
    shots = 2 * (shifters + inputs)
    return (
        Operation("move one phase at a time", electronics, 2 * shifters, "programs", "a quarter turn up, then down"),
        Operation(
            "move one input at a time", electronics, 2 * inputs, "programs", "a fifth of its range up, then down"
        ),
        Operation("multiply by the moved matrices", light, products, "complex products", f"{shots} shots"),
        Operation("form the gradients", host, shifters + inputs, "differences", "times the slope of the loss"),
    )
