"""Placement of the test structures: one fibre per row, blocks beside the couplers, all turn back to the west."""

from collections.abc import Sequence
from dataclasses import replace

from compiler.netlist import Cell, Pin
from compiler.structures import FIBRES
from layouts.floorplan import FIBRE_PITCH_NM, CellPlan
from layouts.geometry import Point, Transform
from layouts.templates import CLEARANCE_NM, SPACE_NM, detour_nm, optical
from layouts.yard import beside, bonded, eastern, western
from pdk.contract import Device, Pdk, Port, Role

LINES = 6
"""Lines of a cut-back between its two rows, where bends leave room for them; an even number comes back."""
SHORT_NM, LONG_NM = 100_000, 1_700_000
"""Length of the lines of both cut-backs: 9.6 mm between them, 1.9 dB at 2 dB/cm, and no bend. Beside the layers the
long ones end where the blocks do."""
ARM_NM = 30_000
"""From the middle of the bare MZI to each arm, where bends leave it at that: within one row, so that the outputs can
pass below it."""
BLOCKS_NM = 900_000
"""Where blocks with metal begin: east of the first metal of any layer (64 ports: 760 um), so that the layers' wires to
bond pads on the lower edge pass west of them, over waveguide alone. Structures beside the layers begin nearer."""
NEST_NM = 30_000
"""Between two ways that turn back around each other."""


def structures(pdk: Pdk, cell: Cell, *, is_beside: bool = True) -> CellPlan:
    """The fibre of row k stands at y = -pitch k, its outer end at x = 0. `is_beside` the layers, if they can be."""
    coupler = pdk.devices[cell.instances[FIBRES[0]].component]
    pitch, x_fibre = pitch_nm(pdk), fibre_nm(coupler)
    x = x_fibre + max(2 * CLEARANCE_NM, pdk.bend_radius_nm)
    is_beside = is_beside and beside(pdk, coupler.role)
    x_blocks = blocks_nm(pdk, coupler, is_beside=is_beside)
    row = {name: -index * pitch for index, name in enumerate(FIBRES)}
    places = {name: Transform(x_fibre, y, 180) for name, y in row.items()}
    places |= {name: Transform(x_blocks, row[f"{name}_in"]) for name in ("mzi", "shifter", "modulator")}
    places["tap"] = Transform(x_blocks, row["tap_out"])
    outputs, modulator = bare_mzi(pdk).ports, pdk.device(Role.MODULATOR)
    east = x_blocks + max(outputs["o2"].x_nm + NEST_NM, modulator.bbox_nm[2]) + pads_nm(pdk, eastern(modulator))
    lines = {"short_in": SHORT_NM, "long_in": max(2 * SHORT_NM, east - x) if is_beside else LONG_NM}
    corners = {Pin(name, "o1"): _meander(pdk, x, row[name], line) for name, line in lines.items()}
    for k, (port, fibre) in enumerate((("o3", "mzi_lower"), ("o2", "mzi_upper"))):
        x_turn = x_blocks + outputs[port].x_nm + pdk.bend_radius_nm + k * NEST_NM
        corners[Pin("mzi", port)] = ((x_turn, row["mzi_in"] + outputs[port].y_nm), (x_turn, row[fibre]))
    ports = {f"o{k + 1}": places[name].port(coupler.port("o2")) for k, name in enumerate(FIBRES)}
    return CellPlan(places, {name: replace(at, name=name) for name, at in ports.items()}, corners)


def bare_mzi(pdk: Pdk) -> CellPlan:
    """The input on the row, y = 0; arms above and below it; both outputs together, so that they turn back nested."""
    splitter, shifter = pdk.device(Role.SPLITTER_2X2), pdk.device(Role.PHASE_SHIFTER)
    gap, radius, arm = splitter.port("o2").y_nm, pdk.bend_radius_nm, arm_nm(pdk)
    x_arm = CLEARANCE_NM + splitter.port("o4").x_nm + detour_nm(pdk)
    x_end = x_arm + shifter.port("o2").x_nm + detour_nm(pdk)
    places = {
        "coupler_1": Transform(CLEARANCE_NM, -gap),
        "dark": Transform(CLEARANCE_NM - radius, -gap - radius, 270),
        "theta": Transform(x_arm, arm - gap // 2),
        "theta_twin": Transform(x_arm, -arm - gap // 2),
        "coupler_2": Transform(x_end, -gap),
    }
    x = x_end + splitter.port("o4").x_nm
    ports = {
        "o1": optical(pdk, "o1", 0, 0, 180),
        "o2": optical(pdk, "o2", x, 0, 0),
        "o3": optical(pdk, "o3", x, -gap, 0),
    }
    return CellPlan(places, ports)


def fibre_nm(coupler: Device) -> int:
    """Distance from the chip side to the outer end of a fibre coupler."""
    return max(coupler.bbox_nm[2], coupler.port("o2").x_nm)


def arm_nm(pdk: Pdk) -> int:
    """From the middle of the bare MZI to each arm: two bends, and its metal clear of the other arm's."""
    shifter = pdk.device(Role.PHASE_SHIFTER).bbox_nm
    bends = 2 * pdk.bend_radius_nm + pdk.device(Role.SPLITTER_2X2).port("o2").y_nm
    return max(ARM_NM, bends, (shifter[3] - shifter[1]) // 2 + CLEARANCE_NM // 2)


def pitch_nm(pdk: Pdk) -> int:
    """Between two fibres: as many steps of an array as bends, devices and pads between two rows ask for."""
    shifter, modulator = pdk.device(Role.PHASE_SHIFTER).bbox_nm, pdk.device(Role.MODULATOR).bbox_nm
    needs = [2 * pdk.bend_radius_nm, arm_nm(pdk) - shifter[1] + SPACE_NM, modulator[3] + SPACE_NM]
    needs.append(SPACE_NM - modulator[1])
    if bonded(pdk):
        pad = pdk.device(Role.BOND_PAD).bbox_nm
        needs.append(pad[3] - pad[1] + 2 * SPACE_NM)
    return -(-max(needs) // FIBRE_PITCH_NM) * FIBRE_PITCH_NM


def blocks_nm(pdk: Pdk, coupler: Device, *, is_beside: bool) -> int:
    """Where blocks with metal begin: their pads stand clear of the fibres."""
    pads = pads_nm(pdk, western(pdk.device(Role.MODULATOR))) if bonded(pdk) else 0
    nearest = fibre_nm(coupler) + CLEARANCE_NM + pads
    return nearest if is_beside else max(BLOCKS_NM, nearest)


def pads_nm(pdk: Pdk, terminals: Sequence[Port]) -> int:
    """Along x for the pads of the terminals at one end of a test structure."""
    pad = pdk.device(Role.BOND_PAD).bbox_nm
    return CLEARANCE_NM + pad[2] - pad[0] + (len(terminals) - 1) * pad_step_nm(pdk)


def pad_step_nm(pdk: Pdk) -> int:
    """Between the pads at one end of a test structure."""
    pad = pdk.device(Role.BOND_PAD).bbox_nm
    return max(pdk.pad_pitch_nm, pad[2] - pad[0] + pdk.metals[-1].space_nm)


def _meander(pdk: Pdk, x_nm: int, y_nm: int, line_nm: int) -> tuple[Point, ...]:
    """Corners of a way that runs to and fro between a row and the next, of equal length for any number of lines."""
    pitch = pitch_nm(pdk)
    lines = max(2, min(LINES, 1 + pitch // (2 * pdk.bend_radius_nm)) // 2 * 2)
    down, line_nm = pitch // (lines - 1), line_nm * LINES // lines
    points: list[Point] = []
    for line in range(lines - 1):
        turn_x, y = (x_nm if line % 2 else x_nm + line_nm), y_nm - line * down
        points += [(turn_x, y), (turn_x, y - down)]
    return tuple(points)
