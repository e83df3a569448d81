"""What a crossbar chip contributes to its budget. Every power and length comes from the circuit, designed or read back.

    inference   light runs through all layers in one shot; only inputs and outputs are converted
    training    for each sample 2 forward shots, replicas raised and lowered; 2 for each hidden layer's errors; 2 for
                each neuron: its error, then its negative, sets the light of a whole bank, whose monitors read error
                times input

A row's wire carries the photocurrents of all its weights: what the other columns send makes shot noise. Where a camera
reads there is no wire: the spots of a row are added in software, and each layer waits for a frame and for the host to
set the next layer's modulators.
"""

import numpy as np

from compiler.budget_loads import (
    conversions,
    detection,
    laser_load,
    modulator_loads,
    receivers,
    settings,
    shifter_loads,
    symbols,
)
from compiler.budget_numbers import value
from compiler.budget_parts import Delay, Event, Load, Parts, Way, behind, entries, flight_ns
from compiler.budget_times import (
    bandwidths_ghz,
    converter,
    inference_ns,
    modulator_rise,
    receiver_rise,
    setting_ns,
    shot_ns,
)
from compiler.crossbar import READOUT, is_backward
from compiler.crossbar_paths import BankPath, CrossbarPath, crossbar_paths
from compiler.crossbar_tables import CrossbarTables, crossbar_tables
from compiler.netlist import Netlist
from compiler.tables import Nominal
from compiler.ways import way_nm
from pdk.contract import Pdk

FORWARD_SHOTS, SIGNS = 2, 2
"""Shots: replicas raised, then lowered; a signed number as two powers."""


def crossbar_parts(netlist: Netlist, pdk: Pdk, laser_mw: float, known: CrossbarTables | None = None) -> Parts:
    """The parts of a crossbar chip's budget; ValueError where the circuit is none. `known`: its tables, if at hand."""
    path, table = crossbar_paths(netlist, pdk), known or crossbar_tables(netlist, pdk)
    ways = tuple(_ways(path, table, pdk))
    shots = shots_per_sample(table)
    mzi, nominal = table.kind == "mzi", Nominal(netlist, pdk)
    return Parts(
        architecture="crossbar",
        ways=ways,
        loads=_loads(table, ways, pdk, laser_mw),
        events=_events(table, pdk),
        delays=tuple(_delays(path, netlist, pdk)),
        entries=entries((bank.weights[0][0].plus for bank in path.banks), nominal)
        + entries((out.output for out in path.outputs), nominal, value("readout_share")),
        heaters=sum(bank.weight.size for bank in table.banks) if mzi and pdk.drive.kind == "thermo-optic" else 0,
        shots=shots,
        inference_ns=inference_ns(pdk),
        sample_delays=(Delay("sample", f"{shots} shots", shots * shot_ns(pdk)),),
        step_delays=(Delay("step", "a program of the weights", setting_ns(pdk)),) if mzi else (),
    )


def shots_per_sample(table: CrossbarTables) -> int:
    """Shots of one sample in a training step."""
    forward, backward = table.forward, table.backward
    return FORWARD_SHOTS + SIGNS * len(backward) + SIGNS * sum(bank.rows for bank in forward)


def _ways(path: CrossbarPath, table: CrossbarTables, pdk: Pdk) -> list[Way]:
    slow, fast = bandwidths_ghz(pdk)
    found = []
    for bank, way in zip(table.banks, path.banks, strict=True):
        rate = slow if bank.is_backward else fast
        on_wire = bank.weight.sum(axis=1)
        for row, cells in enumerate(bank.cells):
            found += [
                Way(bank.name, "weight of 1", f"{cell}.plus", float(power), rate, float(on_wire[row] - power))
                for cell, power in zip(cells, bank.weight[row], strict=True)
            ]
        pairs = zip(way.columns, bank.monitor, bank.slope, strict=True)
        for column, monitor, slope in pairs:
            found.append(Way(bank.name, "column monitor", f"{column.cell}.head.monitor.pd", float(monitor), slow))
            if column.replica:
                found.append(Way(bank.name, "replica", f"{column.cell}.head.slope", float(slope), slow))
    share = value("readout_share")
    for cell, output, slope in zip(path.outputs, table.output, table.output_slope, strict=True):
        found.append(Way(READOUT, "output", f"{cell.cell}.output", float(output), fast, share=share))
        found.append(Way(READOUT, "replica", f"{cell.cell}.slope", float(slope), slow, share=share))
    return found


def _loads(table: CrossbarTables, ways: tuple[Way, ...], pdk: Pdk, laser_mw: float) -> tuple[Load, ...]:
    forward, backward = table.forward, table.backward
    rows, back_rows = (sum(bank.rows for bank in banks) for banks in (forward, backward))
    columns = sum(bank.columns for bank in table.banks)
    outputs, hidden = len(table.output), rows - len(table.output)
    detected = laser_mw * table.responsivity_a_per_w * value("photodiode_bias_v")
    bright = [
        w.share * w.transmission for w in ways if w.name in ("weight of 1", "output") and not is_backward(w.block)
    ]
    mean = detected * sum(bright) / len(bright)
    shutter = table.attenuator_range_ma * value("attenuator_v")
    found = [
        laser_load("lasers", len(forward), laser_mw),
        laser_load("laser of the read-out", 1, laser_mw * value("readout_share")),
    ]
    if backward:
        found.append(laser_load("lasers of errors", len(backward), laser_mw, training_only=True))
    for name, banks, training_only in (("weights", forward, False), ("weights of errors", backward, True)):
        if banks:
            found += _weights(name, sum(bank.weight.size for bank in banks), table, pdk, training_only)
    return (
        *found,
        Load("shutters", columns, 0.0, shutter, True, True, "open but in sweeps; attenuator_range_ma x attenuator_v"),
        *modulator_loads(pdk, "modulators", columns + outputs, training_only=False),
        *detection(pdk, len(bright), mean, "photocurrent x photodiode_bias_v"),
        Load("neurons", hidden + outputs, value("driver_mw"), value("driver_mw"), False, False, "driver_mw"),
        *receivers(pdk, "receivers of rows and outputs", rows + outputs, training_only=False),
        *receivers(pdk, "receivers of errors", back_rows, training_only=True),
        *receivers(pdk, "receivers of monitors and replicas", columns + hidden + outputs, training_only=True),
    )


def _weights(name: str, count: int, table: CrossbarTables, pdk: Pdk, training_only: bool) -> tuple[Load, ...]:
    """Phase shifters with their drivers, or attenuators."""
    if table.kind == "pin":
        most = table.attenuator_range_ma * value("attenuator_v")
        how = "one of each pair at a time, half of its range; attenuator_range_ma x attenuator_v"
        return (Load(f"attenuators: {name}", count, most / 2, most, True, training_only, how),)
    how = "mean over a uniform phase, 0 to 2π: each has an unknown one of its own"
    return shifter_loads(pdk, f": {name}", f"their drivers: {name}", count, 1.0, how, training_only=training_only)


def _events(table: CrossbarTables, pdk: Pdk) -> tuple[Event, ...]:
    forward, backward = table.forward, table.backward
    inputs, outputs = forward[0].columns - 1, len(table.output)
    neurons = sum(bank.rows for bank in forward)
    lit, ordered, read = FORWARD_SHOTS * np.array([inputs + 2 * neurons, inputs, outputs + neurons])
    for bank in backward:
        lit, ordered, read = lit + SIGNS * bank.columns, ordered + SIGNS * bank.columns, read + SIGNS * bank.rows
    signals = inputs
    for bank in forward:
        shots = SIGNS * bank.rows
        lit, ordered, read = lit + shots * (signals + 1), ordered + shots * (inputs + 1), read + shots * bank.columns
        signals += bank.rows
    weights = sum(bank.weight.size for bank in table.banks)
    set_anew = settings(pdk, 0, 0, weights) if table.kind == "mzi" else ()
    return (
        symbols(pdk, inputs + neurons, int(lit)),
        *set_anew,
        *conversions(pdk, "dac", inputs, int(ordered), weights),
        *conversions(pdk, "adc", outputs, int(read)),
    )


def _delays(path: CrossbarPath, netlist: Netlist, pdk: Pdk) -> list[Delay]:
    found = [Delay("inputs", "DAC", value("dac_ns"))]
    for bank in path.banks:
        if not is_backward(bank.name):
            found += [
                modulator_rise(bank.name, pdk),
                Delay(bank.name, "light", flight_ns(_longest_nm(bank, netlist, pdk), pdk)),
                receiver_rise(bank.name, pdk, "receiver and driver", 2),
            ]
    longest = max(way_nm(behind(out.output, out.modulator), netlist, pdk) for out in path.outputs)
    return [
        *found,
        modulator_rise(READOUT, pdk),
        Delay(READOUT, "light", flight_ns(longest, pdk)),
        receiver_rise(READOUT, pdk),
        *converter(READOUT, pdk),
    ]


def _longest_nm(bank: BankPath, netlist: Netlist, pdk: Pdk) -> int:
    """Waveguide from a column's modulator to a photodiode of a weight, the longest."""
    pairs = zip(bank.columns, zip(*bank.weights, strict=True), strict=True)
    return max(
        way_nm(behind(weight.plus, column.modulator), netlist, pdk)
        for column, column_weights in pairs
        for weight in column_weights
    )
