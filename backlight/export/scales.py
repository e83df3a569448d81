"""Between the layers of a chip at the bench: what readings and openings stand for, and what is made of the readings.

Units are those of `chips.bench` and `chips.crossbar.bench`, nominal.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from compiler.budget_numbers import LASER_MW

if TYPE_CHECKING:
    from compiler.crossbar_tables import CrossbarTables
    from compiler.network import Design
    from compiler.tables import LayerTable, Tables

HEADER = ("element", "what", "signal", "amplitude_at_1", "mw_at_1", "ma_at_1")


@dataclass(frozen=True)
class Scale:
    """One layer of a mesh."""

    table: "LayerTable"
    x_max: float
    """Amplitude that every input can be set to."""
    signals: tuple[str, ...]
    """(N) what is sent into each input."""

    @property
    def unit_mw(self) -> float:
        """Power of x = 1 in the mesh."""
        return LASER_MW * float(self.table.source.min()) / self.x_max**2


def scales(design: "Design", tables: "Tables", first: float | None) -> tuple[Scale, ...]:
    """Of every layer whose largest input is known. `first`: that of the first layer, known where the data are."""
    from chips.activation import ACTIVATIONS
    from chips.train import X_HEADROOM

    hidden = [X_HEADROOM * ACTIVATIONS[layer.activation].x_max for layer in design.network.layers if layer.activation]
    before = ["sample", *(f"f(p) of {t.name}" for t in tables.layers)]
    return tuple(
        Scale(t, x_max, tuple(_signal(port, inputs, bias, what) for port in range(t.ports)))
        for t, x_max, inputs, bias, what in zip(
            tables.layers, (first, *hidden), design.network.layer_inputs, design.bias_ports, before, strict=False
        )
        if x_max is not None
    )


def rows(found: tuple[Scale, ...], tables: "Tables") -> Iterator[tuple[object, ...]]:
    """The rows of scales.csv: the amplitude of each input's modulator at x = 1, what each output's detector gets and
    gives at p = 1."""
    for one in found:
        t, unit = one.table, one.unit_mw
        for cell, signal, source in zip(t.inputs, one.signals, t.source, strict=True):
            yield f"{cell}.modulator", "x", signal, f"{sqrt(unit / (LASER_MW * source)):.6f}", "", ""
        for cell, share in zip(t.outputs, t.detector, strict=True):
            mw = unit * t.a_tot * share
            current = "" if tables.camera else f"{mw * tables.responsivity_a_per_w:.6g}"
            yield f"{cell}.detector", "p", "", "", f"{mw:.6g}", current


def of_mesh(design: "Design", tables: "Tables", found: tuple[Scale, ...]) -> str:
    """What the bench's README says of a mesh."""
    from chips.activation import ACTIVATIONS
    from chips.bench import HIDDEN_BIAS
    from chips.train import X_HEADROOM

    reading = "reading, as mW in the grating's waveguide, / `mw_at_1`" if tables.camera else "reading / `ma_at_1`"
    lines = [
        "x is the amplitude that is sent into an input of a layer, p the power that is read at an output:",
        "  amplitude of the modulator = x times `amplitude_at_1`, held from -1 to 1",
        f"  p = {reading}, of that detector, its dark reading subtracted",
        "both of scales.csv, nominal. Gains that the calibration finds divide them: a detector's gain the reading, the",
        "root of an input's gain the amplitude. The power of x = 1 at an input is the unit U of its layer,",
        f"  U = {LASER_MW:g} mW times the transmission from the fibre to the darkest input, by x_max squared,",
        "so that x_max opens that input wide; p = 1 is U less the nominal loss from input to detector.",
    ]
    known = {one.table.name: one for one in found}
    for index, layer in enumerate(design.network.layers, 1):
        name = f"layer{index}"
        what = "amplitude of the training part" if index == 1 else "that is ordered"
        nominal = (
            f"U = {known[name].unit_mw:.4g} mW, x_max = {known[name].x_max:.4g}, " if name in known else "x_max is "
        )
        lines.append(f"  {name}: {nominal}{X_HEADROOM:g} times the largest {what}")
        if layer.activation:
            told = ACTIVATIONS[layer.activation].formula
            lines.append(f"  {name} to layer{index + 1}: x = {told} ({layer.activation})")
    if len(design.network.layers) > 1:
        lines.append(
            "Output i sets input i of the next layer, by the x of its own p; inputs that get none stay dark (0)."
        )
        if any(design.has_bias[1:]):
            lines.append(f"A bias port of a later layer gets x = {HIDDEN_BIAS:g}.")
    return "\n".join(lines)


def of_crossbar(design: "Design", tables: "CrossbarTables") -> str:
    """What the bench's README says of a crossbar."""
    from chips.crossbar.electronics import unit_ma
    from chips.crossbar.setpoints import set_points

    electronics = set_points(design)
    what, unit = ("power", "mW") if tables.camera else ("current", "mA")
    responsivity = 1.0 if tables.camera else tables.responsivity_a_per_w
    lines = [
        f"u is a row's {what}, `plus` less `minus`, less the dark reading, divided by its unit: what a weight of",
        f"1 gives with its column wide open, nominally and with {LASER_MW:g} mW at the bank's fibre.",
        "v = gain times u + bias drives the modulator of that neuron; x = f(v) is its light, 1 wide open (its",
        "amplitude is the root of x). The bias column of every bank is wide open.",
    ]
    forward = [bank for bank in tables.banks if not bank.is_backward]
    for index, bank in enumerate(forward):
        gain, bias = electronics.gains[index], electronics.biases_rad[index]
        one = f"{unit_ma(bank, responsivity, LASER_MW):.4g} {unit}"
        lines.append(f"  layer{index + 1}: unit {one}, gain {gain:g}, bias {bias:g},")
        lines.append(f"    x = {electronics.formula(index)} ({electronics.activations[index]})")
    return "\n".join(lines)


def _signal(port: int, inputs: int, bias: int | None, what: str) -> str:
    if port < inputs:
        return what if what == "sample" else f"{what}.out_{port}"
    return "bias" if port == bias else "dark"
