"""What a mesh chip contributes to its budget. Every power and length comes from the circuit, designed or read back.

    inference   light at the inputs; each layer's photodiodes are converted, and the next layer's modulators set
    training    for each sample and layer 1 forward shot, 4 of the homodyne read-out, 3 of the echo; 2 for slopes

The phases of an echo are its sample's own, and phase shifters set them: of heaters that, not light, is what a training
step waits for. Where a camera reads, every shot takes a frame, and the step waits for those.

Light in a mesh goes where the program sends it. Signals are stated for all modulators wide open and light spread evenly
over the rows, so that powers at the outputs add up to what came in, less loss.
"""

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
from compiler.netlist import Netlist
from compiler.paths import LayerPath, layer_paths
from compiler.tables import LayerTable, Nominal, Tables, tables
from compiler.ways import way_nm
from pdk.contract import Pdk

HOMODYNE, ECHO, SLOPE = 4, 3, 2
"""Shots of one sample: fields at a layer's outputs, its echo, the slopes of its activations."""
LO_SETTINGS = 2
"""Settings of the output shifters for four steps of homodyne: the modulators give the signs."""


def mesh_parts(netlist: Netlist, pdk: Pdk, laser_mw: float, known: Tables | None = None) -> Parts:
    """The parts of a mesh chip's budget; ValueError where the circuit is none. `known`: its tables, if at hand."""
    paths, found = layer_paths(netlist, pdk), (known or tables(netlist, pdk)).layers
    nominal = Nominal(netlist, pdk)
    ways = tuple(way for table, path in zip(found, paths, strict=True) for way in _ways(table, path, pdk))
    shot, settle = shot_ns(pdk), setting_ns(pdk)
    shifters = _shifters(pdk)
    depth = len(found)
    shots = depth * (1 + HOMODYNE + ECHO) + SLOPE * (depth - 1)
    return Parts(
        architecture="mesh",
        ways=ways,
        loads=_loads(found, ways, pdk, laser_mw),
        events=_events(found, pdk),
        delays=tuple(_delays(paths, netlist, pdk)),
        entries=entries((cell.source for path in paths for cell in path.inputs), nominal),
        heaters=sum(len(t.shifters) + len(t.outputs) for t in found) if shifters == "heaters" else 0,
        shots=shots,
        inference_ns=inference_ns(pdk),
        sample_delays=(
            Delay("sample", f"{shots} shots", shots * shot),
            Delay("sample", f"{depth * ECHO} settings of the output {shifters}, echo", depth * ECHO * settle),
        ),
        step_delays=(
            Delay("step", "a program of the mesh", settle),
            Delay("step", f"{depth * LO_SETTINGS} settings of the output {shifters}", depth * LO_SETTINGS * settle),
        ),
    )


def _shifters(pdk: Pdk) -> str:
    return "heaters" if pdk.drive.kind == "thermo-optic" else "shifters"


def _ways(table: LayerTable, path: LayerPath, pdk: Pdk) -> tuple[Way, ...]:
    slow, fast = bandwidths_ghz(pdk)
    ports, cells = table.ports, len(table.outputs)
    row = float(table.source.sum()) * table.a_tot / ports
    back = float(table.inject.sum()) / cells
    found = [
        Way(table.name, "inputs to output", f"{o}.detector", float(row * d), fast)
        for o, d in zip(table.outputs[:ports], table.detector[:ports], strict=True)
    ]
    groups = (
        ("input monitor", [f"{i}.monitor" for i in table.inputs], table.monitor),
        ("local oscillator", [f"{o}.detector" for o in table.outputs], table.reflect),
        ("outputs back to a tap", [tap.photodiode for tap in path.taps], back * table.a_post * table.tap_drop),
        ("outputs back to input", [f"{i}.backward" for i in table.inputs], back * table.a_tot * table.backward),
    )
    for name, diodes, powers in groups:
        found += [Way(table.name, name, diode, float(p), slow) for diode, p in zip(diodes, powers, strict=True)]
    return tuple(found)


def _loads(found: tuple[LayerTable, ...], ways: tuple[Way, ...], pdk: Pdk, laser_mw: float) -> tuple[Load, ...]:
    shifters, outputs = sum(len(t.shifters) for t in found), sum(len(t.outputs) for t in found)
    inputs, taps = sum(t.ports for t in found), sum(len(t.taps) for t in found)
    responsivity, volts = pdk.value("photodiode_responsivity_a_per_w"), value("photodiode_bias_v")
    detected = laser_mw * responsivity * volts * sum(w.transmission for w in ways if w.name == "inputs to output")
    turn, half = "mean over a uniform phase, 0 to 2π", "mean over a uniform phase, 0 to π"
    ends = "their drivers, outputs"
    return (
        laser_load("lasers", len(found), laser_mw),
        *shifter_loads(pdk, " of the mesh", "their drivers", shifters, 1.0, turn, training_only=False),
        *shifter_loads(pdk, " at the outputs", ends, outputs, 0.5, half, training_only=True),
        *modulator_loads(pdk, "modulators of inputs", inputs, training_only=False),
        *modulator_loads(pdk, "modulators of sources", outputs, training_only=True),
        *detection(pdk, inputs, detected / inputs, "photocurrent x bias"),
        *receivers(pdk, "receivers of outputs", inputs, training_only=False),
        *receivers(pdk, "receivers of inputs and dumps", 2 * inputs + outputs - inputs, training_only=True),
        *receivers(pdk, "receivers of taps", taps, training_only=True, name_mw="tap_receiver_mw"),
    )


def _events(found: tuple[LayerTable, ...], pdk: Pdk) -> tuple[Event, ...]:
    inputs, hidden = sum(t.ports for t in found), sum(t.ports for t in found[1:])
    outputs, taps = sum(len(t.outputs) for t in found), sum(len(t.taps) for t in found)
    shifters = sum(len(t.shifters) for t in found)
    lit = (1 + HOMODYNE) * inputs + (HOMODYNE + ECHO) * outputs + SLOPE * hidden
    read = (outputs + inputs) + HOMODYNE * outputs + ECHO * (taps + inputs) + SLOPE * hidden
    return (
        symbols(pdk, inputs, lit),
        *settings(pdk, 0, ECHO * outputs, shifters + LO_SETTINGS * outputs),
        *conversions(pdk, "dac", inputs, lit + ECHO * outputs, shifters + LO_SETTINGS * outputs),
        *conversions(pdk, "adc", inputs, read),
    )


def _delays(paths: tuple[LayerPath, ...], netlist: Netlist, pdk: Pdk) -> list[Delay]:
    found = []
    for path in paths:
        found += [
            Delay(path.name, "DAC", value("dac_ns")),
            modulator_rise(path.name, pdk),
            Delay(path.name, "light", flight_ns(longest_nm(path, netlist, pdk), pdk)),
            receiver_rise(path.name, pdk),
            *converter(path.name, pdk),
            Delay(path.name, "logic", value("logic_ns")),
        ]
    return found


def longest_nm(path: LayerPath, netlist: Netlist, pdk: Pdk) -> int:
    """Waveguide from an input modulator along its row to the photodiode, the longest of all rows."""
    along = [0] * path.rows
    for stage, rows in enumerate(path.segments):
        for row, hops in enumerate(rows):
            along[row] += way_nm(hops, netlist, pdk)
        for c in path.couplings[stage] if stage < len(path.couplings) else ():
            through = pdk.devices[netlist.device(c.path).component].path_nm
            along[c.a] = along[c.b] = max(along[c.a], along[c.b]) + through
    head = max(way_nm(behind(cell.source, cell.modulator), netlist, pdk) for cell in path.inputs)
    tails = [along[cell.row] + way_nm(cell.detector, netlist, pdk) for cell in path.outputs[: path.ports]]
    return head + max(tails)
