"""Ways to spoil a drawn chip, so that the comparison can be shown to find them.

Each fault changes one place of an open layout, drawn from a random generator, and says which instance or net it
touched. A cell on the way there is copied first, so that its other uses stay as they are.
"""

from layouts import faults_electrical as electrical
from layouts import faults_optical as optical
from layouts import faults_wires as wires
from layouts.faults_draw import Fault

FAULTS: tuple[Fault, ...] = (
    Fault("a waveguide cut", optical.cut_waveguide),
    Fault("two ports swapped", optical.swap_ports),
    Fault("a phase shifter missing", optical.drop_shifter),
    Fault("an instance missing", optical.drop_anything),
    Fault("a wrong splitter", optical.wrong_splitter),
    Fault("a wrong device", optical.wrong_device),
    Fault("a photodiode for a termination", optical.wrong_end),
    Fault("a waveguide's length by 10 um", optical.length_changed(10_000, 10_000)),
    Fault("a waveguide's length by 2 nm or more", optical.length_changed(2)),
    Fault("a waveguide's width by 5 nm or more", optical.width_changed(5)),
    Fault("a tap turned round", optical.turn_tap),
    Fault("an MZI upside down", optical.mirror_mzi),
    Fault("two MZIs in each other's columns", optical.swap_columns),
    Fault("a label that lies", optical.lying_label),
    Fault("a cell with another's polygons", optical.impostor),
    Fault("a duplicate instance", optical.duplicate),
    Fault("an instance moved by 1 nm", optical.shift(1)),
    Fault("an optical pin moved by 1 nm", optical.move_optical_pin),
    Fault("a wire cut", wires.cut_wire),
    Fault("a wire narrower by 5 nm or more", wires.narrow_wire),
    Fault("a wire missing", wires.drop_wire),
    Fault("two wires shorted", wires.short_wires),
    Fault("two cells shorted", wires.short_cells),
    Fault("two wires shorted by vias", wires.short_by_vias),
    Fault("a via at a crossing", wires.via_at_crossing),
    Fault("a via missing", electrical.missing_via),
    Fault("two bumps swapped", electrical.swap_bumps),
    Fault("a bump missing", electrical.drop_bump),
    Fault("an electrical pin moved", electrical.move_electrical_pin),
    Fault("a photodiode upside down", electrical.mirror_diode),
    Fault("a modulator turned round", electrical.turn_modulator),
)

MESH_ONLY = (
    "two ports swapped",
    "a tap turned round",
    "an MZI upside down",
    "two MZIs in each other's columns",
    "a cell with another's polygons",
)
"""Faults of cells that a crossbar does not have."""

CROSSBAR_FAULTS: tuple[Fault, ...] = tuple(fault for fault in FAULTS if fault.name not in MESH_ONLY)

MZI_ONLY = ("a phase shifter missing", "a wrong splitter", "a splitter mirrored", "a heater turned round")
"""Changes of devices that a crossbar with PIN weights does not have."""

HARMLESS: tuple[Fault, ...] = (
    Fault("a splitter mirrored", optical.mirror_symmetric),
    Fault("a heater turned round", electrical.turn_heater),
)
"""Changes that leave the circuit as it is: no false alarm."""
