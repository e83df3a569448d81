"""The calibration recipe: what `chips.calibrate` and `chips.crossbar.calibration` do, as steps for a person.

Each step says what is set, what light is sent, what is read, how often, and what follows from it. Names are those of
the control and read-out maps.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from compiler.budget_numbers import LASER_MW

if TYPE_CHECKING:
    from compiler.crossbar_tables import AnyTables, BankTable, CrossbarTables
    from compiler.tables import LayerTable, Tables
    from pdk.contract import Drive

Step = dict[str, Any]


def recipe(tables: "AnyTables") -> dict[str, Any]:
    """The steps in their order, by layer or bank."""
    from compiler.crossbar_tables import CrossbarTables

    steps = list(_crossbar(tables)) if isinstance(tables, CrossbarTables) else list(_mesh(tables))
    return {"laser_mw": LASER_MW, "camera": tables.camera, "steps": steps}


def as_text(told: dict[str, Any]) -> str:
    """The same as numbered lines."""
    lines = [f"Laser: {told['laser_mw']:g} mW at the fibre of the layer or bank that a step names.", ""]
    for number, step in enumerate(told["steps"], 1):
        lines.append(f"{number}. {step['of']}: {step['name']}")
        lines += [f"   {key}: {step[key]}" for key in ("set", "send", "read", "find") if step.get(key)]
        lines.append(f"   shots: {step['shots']}")
        lines.append("")
    return "\n".join(lines)


def _span(drive: "Drive") -> str:
    least, most = drive.setting(drive.least_rad) - drive.zero, drive.limit - drive.zero
    if drive.kind == "electro-optic":
        return f"{least:.4g} to {most:.4g} V between the electrodes"
    return f"0 to {drive.limit:.4g} mW"


def _mesh(tables: "Tables") -> Iterator[Step]:
    for layer in tables.layers:
        yield from _layer(layer, tables.drive)


def _layer(t: "LayerTable", drive: "Drive") -> Iterator[Step]:
    from chips import balance, calibrate

    inputs, outputs = [f"{cell}.modulator" for cell in t.inputs], [f"{cell}.modulator" for cell in t.outputs]
    shifters = [f"{cell}.shifter" for cell in t.outputs]
    detectors, monitors = [f"{cell}.detector" for cell in t.outputs], [f"{cell}.monitor" for cell in t.inputs]
    backward = [f"{cell}.backward" for cell in t.inputs]
    n, c = t.ports, len(t.outputs)
    anything = f"every phase shifter of {t.name} to a random setting, {_span(drive)}; keep it through the step"
    points = calibrate.FRINGE_POINTS
    yield {
        "of": t.name,
        "name": "fringes of the output phase shifters",
        "elements": shifters,
        "set": f"{anything}; then sweep all output shifters together over {points} even steps, {_span(drive)}",
        "send": f"all inputs lit, {calibrate.FRINGE_LIGHTS} random patterns of signs; output modulators wide open",
        "lit": [*inputs, *outputs],
        "read": "every detector",
        "detectors": detectors,
        "find": "the setting for pi of each output shifter: fit offset, cosine and sine to its detector's fringe",
        "shots": points * calibrate.FRINGE_LIGHTS,
    }
    yield {
        "of": t.name,
        "name": "local oscillators",
        "elements": shifters,
        "set": f"output shifters at no phase ({0 if drive.kind == 'electro-optic' else drive.zero:g} {drive.unit})",
        "send": "inputs dark, output modulators wide open",
        "lit": outputs,
        "read": "every detector",
        "detectors": detectors,
        "find": "power of each local oscillator at its detector: the mean",
        "shots": calibrate.LO_SHOTS,
    }
    yield {
        "of": t.name,
        "name": "strengths of inputs, detectors and sources",
        "elements": list(t.shifters),
        "set": f"{balance.PROGRAMS} random programs of {t.name}, one after another",
        "send": "one input lit at a time, outputs dark; then one output lit at a time, inputs dark",
        "lit": [*inputs, *outputs],
        "read": "forward light: detectors and monitors; backward light: `backward`, behind the inputs",
        "detectors": [*detectors, *monitors, *backward],
        "find": "gains of inputs and detectors by conservation of power, of sources by reciprocity (chips/balance.py)",
        "shots": balance.PROGRAMS * (n + c),
    }
    yield {
        "of": t.name,
        "name": "phases of the echoes",
        "elements": shifters,
        "set": "the random program that lights every pair of outputs best",
        "send": "one input lit at a time, each output's field measured against its local oscillator in four phases; "
        "then conj(y)/|y| sent back from a pair of outputs in three relative phases, for the two inputs that light "
        "the pair best",
        "lit": [*inputs, *outputs],
        "read": "detectors, then `backward`, behind the inputs",
        "detectors": [*detectors, *backward],
        "find": "the phase that each output adds between field and echo: top eigenvector of the pairs' matrix",
        "shots": 4 * n + 3 * c * (c - 1),
    }


def _crossbar(tables: "CrossbarTables") -> Iterator[Step]:
    from chips.crossbar import calibration, sweep

    rows = "the row currents of the bank"
    if tables.camera:
        rows = "the rows of the bank: what the camera reads of `plus`, less what it reads of `minus`, added up"
    for bank in tables.banks:
        columns = bank.columns + (1 if bank.is_backward else 2)
        span = _span(tables.drive) if tables.kind == "mzi" else f"0 to {tables.attenuator_range_ma:g} mA on either side"
        yield {
            "of": bank.name,
            "name": "sweep of every weight",
            "elements": _drives(bank),
            "set": f"every weight over {sweep.POINTS} even steps, {span}, each in its own order; others mid-range",
            "send": "one column of the bank lit at a time, its shutter open and all others closed",
            "read": f"{rows}; subtract a dark reading",
            "find": "each weight's curve: offset, amplitude, setting for pi and phase; use one monotone branch",
            "shots": sweep.POINTS * columns,
        }
        yield {
            "of": bank.name,
            "name": "monitors of the columns",
            "elements": _drives(bank),
            "set": "every weight in the middle of its branch",
            "send": "one column of the bank lit at a time",
            "read": "the monitor of that column",
            "find": "what each monitor reads at full light: the mean",
            "shots": calibration.READINGS * columns,
        }


def _drives(bank: "BankTable") -> list[str]:
    return [path for row in bank.drives for paths in row for path in paths]
