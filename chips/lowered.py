"""A mesh circuit made ready for chips: what all chips of one netlist share, found once."""

from dataclasses import dataclass

from chips.draw import Roster, roster
from chips.optics import LayerCircuit, layer_circuit, oscillator_delay_s, phase_slots
from compiler.netlist import Netlist
from compiler.paths import LayerPath, layer_paths
from pdk.contract import Pdk

KEPT = 4
"""Circuits kept ready at once."""


@dataclass(frozen=True, eq=False)
class Lowered:
    """The layers of a netlist, in order."""

    netlist: Netlist
    pdk: Pdk
    scatter: bool
    """Whether backward light is read at the couplers too."""
    paths: tuple[LayerPath, ...]
    slots: tuple[dict[str, int], ...]
    """For each layer, phase shifter to its place among the layer's phases."""
    circuits: tuple[LayerCircuit, ...]
    rosters: tuple[Roster, ...]
    delays_s: tuple[float, ...]
    """For each layer, light through the mesh behind light by the loop mirror."""


_ready: list[Lowered] = []


def lowered(netlist: Netlist, pdk: Pdk, *, scatter: bool = False) -> Lowered:
    """The circuit, lowered. The same objects again are not lowered again: a hundred chips are drawn of one netlist."""
    for one in _ready:
        if one.netlist is netlist and one.pdk is pdk and one.scatter == scatter:
            return one
    paths = layer_paths(netlist, pdk)
    slots = tuple(phase_slots(path, netlist.flat, pdk) for path in paths)
    circuits = (layer_circuit(path, netlist, pdk, own, scatter=scatter) for path, own in zip(paths, slots, strict=True))
    made = Lowered(
        netlist=netlist,
        pdk=pdk,
        scatter=scatter,
        paths=paths,
        slots=slots,
        circuits=tuple(circuits),
        rosters=tuple(roster(path, netlist, pdk) for path in paths),
        delays_s=tuple(oscillator_delay_s(path, netlist.flat, pdk) for path in paths),
    )
    _ready.insert(0, made)
    del _ready[KEPT:]
    return made
