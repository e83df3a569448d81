"""The ledger of a crossbar: who does what in a training step of a chip that forms its own gradients.

Light multiplies: input by weight, error by weight, error by input. Electronics add photocurrents on wires, convert, and
drive the modulators that are the activations. The host adds over the batch and holds the registers.
"""

from typing import TYPE_CHECKING

from backlight.ledger import Operation, Where
from compiler.budget_crossbar import FORWARD_SHOTS, SIGNS
from compiler.crossbar import BACKWARD

if TYPE_CHECKING:
    from compiler.crossbar_tables import CrossbarTables

SLOPE_PROGRAMS = 2
"""Programs by which the slope of a weight is measured: its drive raised, then lowered."""


def crossbar_ledger(tables: "CrossbarTables") -> tuple[Operation, ...]:
    """Every operation of a training step, in its order."""
    light, electronics, host = Where
    backward = [bank for bank in tables.banks if bank.name.endswith(f".{BACKWARD}")]
    forward = [bank for bank in tables.banks if bank not in backward]
    inputs, outputs = forward[0].columns - 1, len(tables.output)
    neurons = sum(bank.rows for bank in forward)
    weights, errors = (sum(bank.weight.size for bank in banks) for banks in (forward, backward))
    hidden = neurons - outputs
    once = (
        Operation("set the weights", electronics, weights + errors, "DAC codes per step", "once per program"),
        Operation("drive the inputs", electronics, inputs, "DAC codes", "modulators on fresh light, in every shot"),
        Operation(
            "multiply by the weights",
            light,
            FORWARD_SHOTS * weights,
            "products",
            f"{FORWARD_SHOTS} shots through all layers at once; replicas raised, then lowered",
        ),
        Operation(
            "add over the inputs", electronics, FORWARD_SHOTS * neurons, "sums", "photocurrents of a row on one wire"
        ),
        Operation(
            "apply the activations",
            electronics,
            FORWARD_SHOTS * neurons,
            "values",
            "amplifier and modulator on fresh light, no converter between layers",
        ),
        Operation(
            "measure the activations' slopes",
            electronics,
            FORWARD_SHOTS * neurons,
            "ADC readings",
            "photodiodes behind the replicas, in the same shots",
        ),
        Operation("read the outputs", electronics, FORWARD_SHOTS * outputs, "ADC readings", "in the same shots"),
        Operation("form the outputs' errors", electronics, outputs, "values", "differences, times the slopes"),
    )
    back = (
        Operation(
            "multiply by the transposed weights",
            light,
            SIGNS * errors,
            "products",
            f"{SIGNS * len(backward)} shots: what is positive, then what is negative, in banks of their own",
        ),
        Operation(
            "form the hidden errors",
            electronics,
            hidden,
            "differences",
            "of both signs' row currents, times the slopes",
        ),
    )
    products = (
        Operation(
            "multiply error by input",
            light,
            SIGNS * sum(bank.weight.size for bank in forward),
            "products",
            f"{SIGNS * neurons} shots: a neuron's error scales the light of its layer's bank",
        ),
        Operation(
            "read the products",
            electronics,
            SIGNS * sum(bank.weight.size for bank in forward),
            "ADC readings",
            "monitors of all columns at once",
        ),
        Operation("add over the batch", host, SIGNS * weights, "sums", "in float64, both signs"),
        Operation("multiply by dw/dcode", host, weights, "products per step", "slopes as measured"),
        Operation(
            "update the weights", host, weights, "values per step", "Adam on float registers behind the DAC codes"
        ),
        Operation(
            "measure dw/dcode",
            light,
            SLOPE_PROGRAMS * weights,
            "readings, every few epochs",
            "one column lit at a time, rows read all at once, drives raised and lowered",
        ),
    )
    matched = (
        Operation(
            "match the backward banks",
            host,
            errors,
            "codes, every few epochs",
            "from the measured curves to the measured weights, never from codes to codes",
        ),
    )
    return (*once, *(back if backward else ()), *products, *(matched if backward else ()))
