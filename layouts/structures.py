"""Placement of the test structures: one fibre per row, blocks beside the couplers, all turn back to the west."""

from dataclasses import replace

from compiler.netlist import Cell, Pin
from compiler.structures import FIBRES
from layouts.floorplan import ROW_PITCH_NM, CellPlan
from layouts.geometry import Point, Transform
from layouts.templates import CLEARANCE_NM, detour_nm, optical
from pdk.contract import Device, Pdk, Role

LINES = 6
"""Lines of a cut-back between its two rows; an even number comes back."""
SHORT_NM, LONG_NM = 100_000, 1_700_000
"""Length of the lines of both cut-backs: 9.6 mm between them, 1.9 dB at 2 dB/cm, and no bend."""
ARM_NM = 30_000
"""From the middle of the bare MZI to each arm: within one row, so that the outputs can pass below it."""
BLOCKS_NM = 900_000
"""Where blocks with metal begin: east of the first metal of any layer (64 ports: 760 um), so that the layers' wires to
bond pads on the lower edge pass west of them, over waveguide alone."""
NEST_NM = 30_000
"""Between two ways that turn back around each other."""


def structures(pdk: Pdk, cell: Cell) -> CellPlan:
    """The fibre of row k stands at y = -127 um k, its outer end at x = 0."""
    coupler = pdk.devices[cell.instances[FIBRES[0]].component]
    x_fibre = fibre_nm(coupler)
    x = x_fibre + 2 * CLEARANCE_NM
    row = {name: -index * ROW_PITCH_NM for index, name in enumerate(FIBRES)}
    places = {name: Transform(x_fibre, y, 180) for name, y in row.items()}
    places |= {name: Transform(BLOCKS_NM, row[f"{name}_in"]) for name in ("mzi", "shifter", "modulator")}
    places["tap"] = Transform(BLOCKS_NM, row["tap_out"])
    lines = {"short_in": SHORT_NM, "long_in": LONG_NM}
    corners = {Pin(name, "o1"): _meander(x, row[name], line) for name, line in lines.items()}
    outputs = bare_mzi(pdk).ports
    for k, (port, fibre) in enumerate((("o3", "mzi_lower"), ("o2", "mzi_upper"))):
        x_turn = BLOCKS_NM + outputs[port].x_nm + pdk.bend_radius_nm + k * NEST_NM
        corners[Pin("mzi", port)] = ((x_turn, row["mzi_in"] + outputs[port].y_nm), (x_turn, row[fibre]))
    ports = {f"o{k + 1}": places[name].port(coupler.port("o2")) for k, name in enumerate(FIBRES)}
    return CellPlan(places, {name: replace(at, name=name) for name, at in ports.items()}, corners)


def bare_mzi(pdk: Pdk) -> CellPlan:
    """The input on the row, y = 0; arms above and below it; both outputs together, so that they turn back nested."""
    splitter, shifter = pdk.device(Role.SPLITTER_2X2), pdk.device(Role.PHASE_SHIFTER)
    gap, radius = splitter.port("o2").y_nm, pdk.bend_radius_nm
    x_arm = CLEARANCE_NM + splitter.port("o4").x_nm + detour_nm(pdk)
    x_end = x_arm + shifter.port("o2").x_nm + detour_nm(pdk)
    places = {
        "coupler_1": Transform(CLEARANCE_NM, -gap),
        "dark": Transform(CLEARANCE_NM - radius, -gap - radius, 270),
        "theta": Transform(x_arm, ARM_NM - gap // 2),
        "theta_twin": Transform(x_arm, -ARM_NM - gap // 2),
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


def _meander(x_nm: int, y_nm: int, line_nm: int) -> tuple[Point, ...]:
    """Corners of a way that runs to and fro between a row and the next."""
    down = ROW_PITCH_NM // (LINES - 1)
    points: list[Point] = []
    for line in range(LINES - 1):
        turn_x, y = (x_nm if line % 2 else x_nm + line_nm), y_nm - line * down
        points += [(turn_x, y), (turn_x, y - down)]
    return tuple(points)
