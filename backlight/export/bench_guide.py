"""bench/README.txt: how a person with a laser, voltage sources and this folder runs the chip."""

from math import sqrt
from typing import TYPE_CHECKING

from compiler.budget_numbers import LASER_MW
from compiler.tables import WAVELENGTH_UM
from pdk.contract import Pdk

if TYPE_CHECKING:
    from compiler.crossbar_tables import AnyTables
    from compiler.network import Design


_HEATERS = """\
Every phase shifter is a heater: `setting` is its power in mW, `source_v` the voltage between its drive pad and its
return that nominally gives it, wires included. Heaters differ: a source of constant power is better."""
_MODULATORS = {
    "heaters": """\
A modulator is an interferometer with a heater in each arm: for the amplitude a, heat `upper` to the phase pi + arccos a
and `lower` to pi - arccos a; in either, pi takes {per_pi:g} mW, or {at_pi_v:.3g} V and what its wires drop. Give
`upper` a positive and `lower` a negative voltage: their return then carries the difference of their currents, which its
wire is made for.""",
    "electrodes": """\
A modulator is a balanced interferometer in push-pull: the amplitude a takes 2/pi arccos a times {v_pi:g} V on its
`drive` against its return.""",
    "diodes": """\
A modulator is a push-pull interferometer of two diodes in series: `bias_low` and `bias_high` hold their ends, `drive`
is the node between them. Find the voltage of each amplitude by a sweep that its monitor reads.""",
}
_SHUTTERS = """\
A shutter (attenuator) is open without current, and shut at `most` of its row."""
_PHOTODIODES = """\
A photodiode's cathode pads take its reverse bias, its anode pads lead to an amplifier; in a balanced pair, whose anode
meets a cathode on one pad, that pad leads to the amplifier and the outer two take the biases."""
_ELECTRODES = """\
Every phase shifter is set by the voltage between its two electrodes, `setting`. Where both have a pad of their own,
drive `plus` at half of it and `minus` at minus half (push-pull); where one is shared, drive the other against it."""


_ELECTRONICS = """\
the output modulators stay dark (amplitude 0).
     Between layers electronics read the detectors and set the next layer's inputs, as said above. Of the last
     layer, output i counts for class i modulo the number of classes; the largest sum says which class."""
_NEURONS = """\
neurons pass signals on by
     themselves. The brightest output says which class; a single one, whether it is above one half."""
_CAMERA = """\
a computer adds, for every row of a
     bank, what the camera reads of `plus` less what it reads of `minus` in all columns, and sets the modulators of that
     neuron by it, as said above. The brightest output says which class; a single one,
     whether it is above one half."""


def bench_guide(
    design: "Design", pdk: Pdk, tables: "AnyTables", origin: str, channels: dict[str, int], between: str
) -> str:
    """The text. `origin`: of the program; `channels`: how many there are to drive (`source`) and to read (`read`);
    `between`: what is done from one layer to the next (`export.scales`)."""
    from compiler.crossbar_tables import CrossbarTables

    low, high = (um * 1000 for um in pdk.wavelength_range_um)
    is_crossbar = isinstance(tables, CrossbarTables)
    scales = "" if is_crossbar else "\n  scales.csv         what amplitudes and readings stand for between the layers"
    fibre = "bank's supply" if is_crossbar else "layer"
    losses = "weights.csv" if is_crossbar else "taps.csv   "
    reads = "windows of a camera above the chip, C1" if pdk.camera else "transimpedance amplifiers, R1"
    runs = (_CAMERA if pdk.camera else _NEURONS) if is_crossbar else _ELECTRONICS
    notes = [_modulators(pdk), *([_SHUTTERS] if is_crossbar else []), *([] if pdk.camera else [_PHOTODIODES])]
    said = "\n\n".join(notes)
    calibration = (
        "every bank is swept; its weights are then set by the curves"
        if is_crossbar
        else "the output cells of every layer; phases in program.json are nominal"
    )
    return f"""\
The chip at the bench: {design.network.name}, {pdk.name} {pdk.version}

You need
  - a laser near {WAVELENGTH_UM * 1000:g} nm (the models hold from {low:g} to {high:g} nm), {LASER_MW:g} mW at the fibre
    of each {fibre}; which fibre is which: ../ports.csv
  - voltage sources: {channels["source"]} channels, S1 ..., and a common ground; which pad is which: control.csv
  - {channels["read"]} {reads} ...; which is which: readout.csv
  - temperature control of the die

Files
  control.csv        element, terminal, pads (../pads.csv), channel, unit, range, setting for pi, setting
  readout.csv        detector, pads or place under the camera, channel
  calibration.json   the calibration step by step, with the names of all that takes part
  calibration.txt    the same to read
  program.json       what every element is set to ({origin})
  {losses}        nominal losses on the ways of light, by which readings are scaled{scales}
  samples.csv        held-out samples: what every input modulator is set to, nominally, and the class that is right
  netlist.yml        the circuit
  spec.yml           the network, its chip and its training

{_ELECTRODES if pdk.drive.kind == "electro-optic" else _HEATERS}

`set` in control.csv: `program` keeps its setting while data run through; `shot` changes with every sample (a modulator:
its amplitude, 1 wide open, -1 the same turned by pi); `test` belongs to the test structures.

{said}

Between layers

{between}

Order
  1. Contact: measure the resistance between drive and return of every heater, or the leakage of every electrode.
  2. Light: couple the test loop (test.loop_in, test.loop_out), then the fibres of the lasers.
  3. Dark: read all detectors; subtract that from all that follows.
  4. Calibrate as calibration.txt says: {calibration}.
  5. Set program.json. Send samples.csv by the input modulators; {runs}
  6. Training goes on from there, in the chip's own light. `backlight train` takes the same steps on a digital twin.
"""


def _modulators(pdk: Pdk) -> str:
    if "modulator_mw" in pdk.numbers:
        at_pi_v = sqrt(pdk.drive.per_pi * 1e-3 * pdk.value("heater_resistance_ohm"))
        return _MODULATORS["heaters"].format(per_pi=pdk.drive.per_pi, at_pi_v=at_pi_v)
    if "modulator_v_pi_v" in pdk.numbers:
        return _MODULATORS["electrodes"].format(v_pi=pdk.value("modulator_v_pi_v"))
    return _MODULATORS["diodes"]
