"""The ledger of a crossbar: who does what in a training step of a chip that forms its own gradients.

Light multiplies: input by weight, error by weight, error by input. Electronics add photocurrents on wires, convert, and
drive the modulators that are the activations. The host adds over the batch and holds the registers; where a camera
reads, it adds the rows and forms the activations too.
"""

from typing import TYPE_CHECKING

from backlight.ledger import Operation, Where, by_camera
from compiler.budget_crossbar import FORWARD_SHOTS, SIGNS

if TYPE_CHECKING:
    from compiler.crossbar_tables import CrossbarTables

SLOPE_PROGRAMS = 2
"""Programs by which the slope of a weight is measured: its drive raised, then lowered."""


def crossbar_ledger(tables: "CrossbarTables") -> tuple[Operation, ...]:
    """Every operation of a training step, in its order."""
    forward, backward = tables.forward, tables.backward
    weights, errors = (sum(bank.weight.size for bank in banks) for banks in (forward, backward))
    neurons, outputs = sum(bank.rows for bank in forward), len(tables.output)
    back = _backward(errors, len(backward), neurons - outputs) if backward else ()
    ahead = _forward(forward[0].columns - 1, weights, errors, neurons, outputs)
    found = (*ahead, *back, *_products(weights, neurons), *(_matched(errors) if backward else ()))
    return by_camera(found) if tables.camera else found


def _forward(inputs: int, weights: int, errors: int, neurons: int, outputs: int) -> tuple[Operation, ...]:
    light, electronics, _ = Where
    shots = f"{FORWARD_SHOTS} shots through all layers at once; replicas raised, then lowered"
    fresh = "amplifier and modulator on fresh light, no converter between layers"
    sums, read = FORWARD_SHOTS * neurons, "ADC readings"
    return (
        Operation("set the weights", electronics, weights + errors, "DAC codes per step", "once per program"),
        Operation("drive the inputs", electronics, inputs, "DAC codes", "modulators on fresh light, in every shot"),
        Operation("multiply by the weights", light, FORWARD_SHOTS * weights, "products", shots),
        Operation("add over the inputs", electronics, sums, "sums", "photocurrents of a row on one wire"),
        Operation("apply the activations", electronics, sums, "values", fresh),
        Operation("measure the activations' slopes", electronics, sums, read, "behind the replicas, in the same shots"),
        Operation("read the outputs", electronics, FORWARD_SHOTS * outputs, read, "in the same shots"),
        Operation("form the outputs' errors", electronics, outputs, "values", "differences, times the slopes"),
    )


def _backward(errors: int, banks: int, hidden: int) -> tuple[Operation, ...]:
    light, electronics, _ = Where
    shots = f"{SIGNS * banks} shots: what is positive, then what is negative, in banks of their own"
    both = "of both signs' row currents, times the slopes"
    return (
        Operation("multiply by the transposed weights", light, SIGNS * errors, "products", shots),
        Operation("form the hidden errors", electronics, hidden, "differences", both),
    )


def _products(weights: int, neurons: int) -> tuple[Operation, ...]:
    light, electronics, host = Where
    shots = f"{SIGNS * neurons} shots: a neuron's error scales the light of its layer's bank"
    lit = "one column lit at a time, rows read all at once, drives raised and lowered"
    adam = "Adam on float registers behind the DAC codes"
    readings, slopes = SIGNS * weights, SLOPE_PROGRAMS * weights
    return (
        Operation("multiply error by input", light, readings, "products", shots),
        Operation("read the products", electronics, readings, "ADC readings", "monitors of all columns at once"),
        Operation("add over the batch", host, readings, "sums", "in float64, both signs"),
        Operation("multiply by dw/dcode", host, weights, "products per step", "slopes as measured"),
        Operation("update the weights", host, weights, "values per step", adam),
        Operation("measure dw/dcode", light, slopes, "readings, every few epochs", lit),
    )


def _matched(errors: int) -> tuple[Operation, ...]:
    how = "from the measured curves to the measured weights, never from codes to codes"
    return (Operation("match the backward banks", Where.HOST, errors, "codes, every few epochs", how),)
