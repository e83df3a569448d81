"""Room for wires on one metal: corridors that no device of any row reaches into, from one edge of a chip to the other.

                pads                  a wire rises from its terminal, runs beside its row to the nearest corridor,
─────────────┬┬──────────────         and through that to its pad; it crosses waveguides, but never metal, nor a
 [ phi ]──╮  ││   ╭──[ theta ]        grating that light leaves by
          ╰──┼┼───╯
 [ phi ]──╮  ││   ╭──[ theta ]
─────────────┴┴──────────────

Only processes without bumps have corridors.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from compiler.netlist import Netlist
from compiler.structures import INSTANCE
from layouts.metal import heater_current_ma
from pdk.contract import Device, Pdk, Port, Role


def bonded(pdk: Pdk) -> bool:
    """Whether the process has no bumps: all wires then go to bond pads."""
    return Role.BUMP not in pdk.roles


def beside(pdk: Pdk, io: Role | None) -> bool:
    """Whether test structures may stand beside the layers: light from above may come anywhere, and below them they
    would bar the way of wires to the lower edge."""
    return io is Role.GRATING_COUPLER and bonded(pdk)


def wire_nm(pdk: Pdk) -> int:
    """Width of every wire to a pad: the current of a heater, which is also the most that a push-pull modulator's return
    carries."""
    return pdk.metals[-1].wire_width_nm(heater_current_ma(pdk))


def terminals(device: Device) -> list[Port]:
    """Electrical ports from west to east."""
    return sorted((port for port in device.ports if port.kind == "electrical"), key=lambda port: port.x_nm)


def western(device: Device) -> list[Port]:
    """Terminals whose wires leave to the west, where the device is not turned: those of its western half."""
    middle = (device.bbox_nm[0] + device.bbox_nm[2]) // 2
    return [port for port in terminals(device) if port.x_nm < middle]


def eastern(device: Device) -> list[Port]:
    """The others."""
    return terminals(device)[len(western(device)) :]


@dataclass(frozen=True)
class Corridors:
    """Widths in nm of the corridors of a chip, metal to metal; all 0 where there are none."""

    before_modulator: int = 0
    before_mesh: int = 0
    """Between an input cell's modulator and the mesh."""
    mesh: int = 0
    """Between two phase shifters of the mesh."""
    behind_mesh: int = 0
    """Between the mesh and the phase shifter of an output cell."""
    before_output: int = 0
    """Between that and the modulator of the output cell."""
    behind_modulator: int = 0


def corridors(netlist: Netlist, pdk: Pdk, *, is_beside: bool = True) -> Corridors:
    """What the corridors of a chip have to hold. Half of the rows send their wires to each edge, but all to the upper
    one where test structures may stand in the way, not beside the layers; of a mesh's rows, every other has a driven
    phase shifter."""
    if not bonded(pdk) or "layer" not in netlist.cells:
        return Corridors()
    top = netlist.cells[netlist.top].instances
    layers = sum(1 for instance in top.values() if instance.component == "layer")
    rows = sum(1 for name in netlist.cells["layer"].instances if name.startswith("in_")) * layers
    one_way = INSTANCE in top and not is_beside
    shifter, modulator = pdk.device(Role.PHASE_SHIFTER), pdk.device(Role.MODULATOR)
    space = pdk.metals[-1].space_nm
    together = rows if one_way else -(-rows // 2)

    def wide(every: Sequence[Port], every_other: Sequence[Port] = ()) -> int:
        """Room for the wires to terminals that each row has, and to those that every other row has."""
        tracks = len(every) * together + len(every_other) * -(-together // 2)
        return tracks * (wire_nm(pdk) + space) + space

    return Corridors(
        before_modulator=wide(western(modulator)),
        before_mesh=wide(eastern(modulator), western(shifter)),
        mesh=wide((), terminals(shifter)),
        behind_mesh=wide(western(shifter), eastern(shifter)),
        before_output=wide((*eastern(shifter), *western(modulator))),
        behind_modulator=wide(eastern(modulator)),
    )
