"""Placement of the small cells: taps, MZI, edge dummy, boundary cells.

Every function returns the `CellPlan` of one cell in its own frame, in nm. The first row of a cell is at y = 0, light
runs from left (x = 0) to right.
"""

from compiler.netlist import Pin
from layouts.floorplan import CellPlan
from layouts.geometry import Transform
from layouts.yard import Corridors, bonded
from pdk.contract import Device, Pdk, Port, Role

NO_CORRIDORS = Corridors()

CLEARANCE_NM = 30_000
"""Kept between a device's corner and the next thing that is not meant to touch it."""
SPACE_NM = 3_000
"""The same between two devices that stand one above the other."""
MIRROR_SPACE_NM = 7_875
"""The same between a loop mirror and its row."""
DUMP_OFFSET_NM = 50_000
"""How far below its signal the dump of an attenuator runs, where bends leave it at that."""
YARD_NM = 800_000
"""Room behind an attenuator for its eight bumps: its rows are too near for bumps between them."""
OUTPUT_NM, INPUT_NM = 140_000, 7 * CLEARANCE_NM
"""Room for bumps before the coupler of an output cell, and behind that of an input cell."""


def optical(pdk: Pdk, name: str, x_nm: int, y_nm: int, angle_deg: int) -> Port:
    """A cell's optical port at a place."""
    return Port(name, x_nm, y_nm, angle_deg, pdk.waveguide_width_nm)  # type: ignore[arg-type]


def tap(pdk: Pdk, role: Role, reader: str) -> CellPlan:
    """Tap block: the reader of backward light stands above the bus, behind a U-turn; the other end goes straight on.

    Where room is scarce, a balancing tap has no U-turn: its bus comes from below, and both ends lie straight.

          ╭─▶ reader
          ╰──o2      o3 ─▶ end
    o1 ──────o1      o4────── o2
    """
    device = pdk.device(role)
    o2, o3, o4 = device.port("o2"), device.port("o3"), device.port("o4")
    places = {
        "tap": Transform(),
        reader: Transform(o2.x_nm, o2.y_nm + rise_nm(pdk, role, reader)),
        "end": Transform(o3.x_nm, o3.y_nm),
    }
    if role is Role.BALANCE_TAP and bonded(pdk):
        places[reader] = Transform(o2.x_nm, o2.y_nm, 180)
    ports = {"o1": optical(pdk, "o1", 0, 0, 180), "o2": optical(pdk, "o2", o4.x_nm, 0, 0)}
    return CellPlan(places, ports)


def rise_nm(pdk: Pdk, role: Role, reader: str = "pd") -> int:
    """From the upper ports of a tap up to its reader: a U-turn, and clear of the tap."""
    device = pdk.device(Role.PHOTODIODE if reader == "pd" else Role.TERMINATION)
    tap = pdk.device(role)
    return max(2 * pdk.bend_radius_nm, tap.bbox_nm[3] - tap.port("o2").y_nm - device.bbox_nm[1] + SPACE_NM)


def dump_offset_nm(pdk: Pdk) -> int:
    """How far below its signal the dump of an attenuator runs: room for the bends of its MZI."""
    return max(DUMP_OFFSET_NM, 4 * pdk.bend_radius_nm + pdk.device(Role.SPLITTER_2X2).port("o2").y_nm)


def detour_nm(pdk: Pdk) -> int:
    """Room along x for a wire that changes its row: two bends."""
    return 2 * pdk.bend_radius_nm


def arm_nm(pdk: Pdk) -> int:
    """Length along x of a phase shifter and its tap."""
    return _length(pdk.device(Role.PHASE_SHIFTER)) + pdk.device(Role.TAP).port("o4").x_nm


def turn_nm(pdk: Pdk, room: Corridors = NO_CORRIDORS) -> int:
    """A detour of an MZI: at least two bends, so long that the dummy finds room for its balancing tap, and that wires
    find theirs between the photodiode behind a phase shifter and the next phase shifter."""
    balance, splitter = pdk.device(Role.BALANCE_TAP).port("o4").x_nm, _length(pdk.device(Role.SPLITTER_2X2))
    beyond_tap = pdk.device(Role.PHOTODIODE).bbox_nm[2] - pdk.device(Role.TAP).port("o4").x_nm
    return max(
        detour_nm(pdk) + max(0, -(-(balance - 2 * splitter) // 2)),
        -(-(room.mesh + max(beyond_tap, 0) - splitter) // 2) if room.mesh else 0,
    )


def mzi_length_nm(pdk: Pdk, room: Corridors = NO_CORRIDORS) -> int:
    """Length along x of an MZI, and of the edge dummy that stands in its place."""
    return 2 * (arm_nm(pdk) + 2 * turn_nm(pdk, room) + _length(pdk.device(Role.SPLITTER_2X2)))


def hump_nm(pdk: Pdk) -> int:
    """How far the edge dummy of an outermost row reaches beyond it."""
    balance, end = pdk.device(Role.BALANCE_TAP), pdk.device(Role.TERMINATION).bbox_nm
    above = 0 if bonded(pdk) else rise_nm(pdk, Role.BALANCE_TAP, "end_2")
    return pdk.row_pitch_nm // 2 + max(balance.bbox_nm[3], balance.port("o2").y_nm + above + end[3])


def mzi(pdk: Pdk, pitch_nm: int, room: Corridors = NO_CORRIDORS) -> CellPlan:
    """Upper arm at y = pitch, lower arm at y = 0; each is the other's mirror image, so both are equally long."""
    splitter, turn = pdk.device(Role.SPLITTER_2X2), turn_nm(pdk, room)
    gap = splitter.port("o2").y_nm - splitter.port("o1").y_nm
    shifter = _length(pdk.device(Role.PHASE_SHIFTER))
    places: dict[str, Transform] = {}
    x = 0
    for phase, coupler in (("phi", "coupler_1"), ("theta", "coupler_2")):
        places |= {
            phase: Transform(x, pitch_nm),
            f"{phase}_tap": Transform(x + shifter, pitch_nm),
            f"{phase}_twin": Transform(x, 0, mirror=True),
            f"{phase}_twin_tap": Transform(x + shifter, 0, mirror=True),
        }
        x += arm_nm(pdk) + turn
        places[coupler] = Transform(x, (pitch_nm - gap) // 2)
        x += _length(splitter) + turn
    ports = {
        "o1": optical(pdk, "o1", 0, 0, 180),
        "o2": optical(pdk, "o2", 0, pitch_nm, 180),
        "o3": optical(pdk, "o3", x, pitch_nm, 0),
        "o4": optical(pdk, "o4", x, 0, 0),
    }
    return CellPlan(places, ports)


def attenuator(pdk: Pdk, pitch_nm: int) -> CellPlan:
    """An MZI whose lower input is dark; signal row at y = 0, dump row one pitch below it. Bumps stand behind it.

    The MZI stands back by the length of the termination, which must not reach into the block before.
    """
    plan = mzi(pdk, pitch_nm)
    back = pdk.device(Role.TERMINATION).bbox_nm[2] + CLEARANCE_NM
    moved = Transform(back, -pitch_nm)
    places = {name: moved.after(place) for name, place in plan.places.items()}
    places["dark"] = Transform(back, -pitch_nm, 180)
    x = back + plan.ports["o3"].x_nm + YARD_NM
    ports = {
        "o1": optical(pdk, "o1", 0, 0, 180),
        "o2": optical(pdk, "o2", x, 0, 0),
        "o3": optical(pdk, "o3", x, -pitch_nm, 0),
    }
    return CellPlan(places, ports)


def edge(pdk: Pdk, room: Corridors = NO_CORRIDORS) -> CellPlan:
    """As long as an MZI, with the same detours: up to where the couplers would be, and back.

    A tap or a splitter that bends is longer than it looks along x; the first detour is lower, or higher, by half of the
    difference.
    """
    splitter, balance = pdk.device(Role.SPLITTER_2X2), pdk.device(Role.BALANCE_TAP)
    gap = splitter.port("o2").y_nm - splitter.port("o1").y_nm
    height = (pdk.row_pitch_nm - gap) // 2
    excess = balance.path_nm - balance.port("o4").x_nm - 2 * (splitter.path_nm - _length(splitter))
    shifter, detour, radius = _length(pdk.device(Role.PHASE_SHIFTER)), turn_nm(pdk, room), pdk.bend_radius_nm
    x_balance = arm_nm(pdk) + detour
    x_second = x_balance + (_length(splitter) if bonded(pdk) else balance.port("o4").x_nm) + detour
    end = mzi_length_nm(pdk, room)
    places = {
        "shifter_1": Transform(0, 0, mirror=True),
        "tap_1": Transform(shifter, 0, mirror=True),
        "balance": Transform(x_balance, height - excess // 2),
        "shifter_2": Transform(x_second, 0, mirror=True),
        "tap_2": Transform(x_second + shifter, 0, mirror=True),
    }
    up = x_second + arm_nm(pdk) + radius
    corners = {Pin("tap_2", "o2"): ((up, 0), (up, height), (end - radius, height), (end - radius, 0))}
    ports = {"o1": optical(pdk, "o1", 0, 0, 180), "o2": optical(pdk, "o2", end, 0, 0)}
    return CellPlan(places, ports, corners)


def input_cell(pdk: Pdk, room: Corridors = NO_CORRIDORS) -> CellPlan:
    """Source at the left, mesh at the right, both at y = 0; both photodiodes lie below the row, on either side.

    o1 ── modulator ───────╮        ╭─── o2
                  pd ◀─────╯coupler ╰──▶ pd
    """
    splitter, modulator = pdk.device(Role.SPLITTER_2X2), pdk.device(Role.MODULATOR)
    beside = detour_nm(pdk) + pdk.device(Role.PHOTODIODE).bbox_nm[2] + CLEARANCE_NM // 3
    x = modulator.port("o2").x_nm + max(3 * CLEARANCE_NM, beside + room.before_mesh)
    places = {
        "modulator": Transform(0, 0),
        "coupler": _coupler_at(splitter, x),
        "backward": _below(pdk, splitter, x, "o1", drop_nm(pdk)),
        "monitor": _below(pdk, splitter, x, "o4", drop_nm(pdk)),
    }
    end = x + _length(splitter) + (max(INPUT_NM, beside) if Role.BUMP in pdk.roles else beside)
    return CellPlan(places, {"o1": optical(pdk, "o1", 0, 0, 180), "o2": optical(pdk, "o2", end, 0, 0)})


def output_cell(pdk: Pdk, room: Corridors = NO_CORRIDORS) -> CellPlan:
    """Mesh at the left, source at the right, both at y = 0; loop mirror and photodiode lie below the row."""
    splitter, shifter = pdk.device(Role.SPLITTER_2X2), pdk.device(Role.PHASE_SHIFTER)
    mirror = pdk.device(Role.LOOP_MIRROR).bbox_nm
    beside = detour_nm(pdk) + mirror[2] + CLEARANCE_NM // 3
    aside = max(2 * CLEARANCE_NM, pdk.bend_radius_nm)
    x = max(OUTPUT_NM, beside) if Role.BUMP in pdk.roles else beside
    x = max(x, room.behind_mesh - room.mesh - _length(splitter) - min(aside, detour_nm(pdk)))
    x_shifter = x + _length(splitter) + aside
    x_modulator = x_shifter + _length(shifter) + max(CLEARANCE_NM, room.before_output)
    places = {
        "coupler": _coupler_at(splitter, x),
        "mirror": _below(pdk, splitter, x, "o1", max(detour_nm(pdk), MIRROR_SPACE_NM - mirror[1])),
        "detector": _below(pdk, splitter, x, "o4", drop_nm(pdk)),
        "shifter": Transform(x_shifter, 0),
        "modulator": Transform(x_modulator, 0),
    }
    end = x_modulator + pdk.device(Role.MODULATOR).port("o2").x_nm
    return CellPlan(places, {"o1": optical(pdk, "o1", 0, 0, 180), "o2": optical(pdk, "o2", end, 0, 0)})


def feed(pdk: Pdk, leaves: int) -> CellPlan:
    """The tree grows to the right; a node stands half-way between the rows of its two branches.

    Its terminated port turns down, clear of the wires that reach its neighbours.
    """
    splitter = pdk.device(Role.SPLITTER_2X2)
    gap, radius = splitter.port("o2").y_nm, pdk.bend_radius_nm
    pitch = pdk.row_pitch_nm
    step = _length(splitter) + detour_nm(pdk) + CLEARANCE_NM
    depth = (leaves - 1).bit_length()
    end = CLEARANCE_NM + depth * step
    places: dict[str, Transform] = {}

    def grow(first: int, count: int, level: int) -> int:
        """Place the node over these leaves; the y of its input."""
        if count == 1:
            return -first * pitch
        upper = (count + 1) // 2
        y_upper, y_lower = grow(first, upper, level + 1), grow(first + upper, count - upper, level + 1)
        x, y = CLEARANCE_NM + level * step, (y_upper + y_lower) // 2
        places[f"split_{first}_{first + count - 1}"] = Transform(x, y - gap)
        places[f"end_{first}_{first + count - 1}"] = Transform(x - radius, y - gap - radius, 270)
        return y

    root = grow(0, leaves, 0)
    ports = {"o1": optical(pdk, "o1", 0, root, 180)}
    ports |= {f"o{row + 2}": optical(pdk, f"o{row + 2}", end, -row * pitch, 0) for row in range(leaves)}
    return CellPlan(places, ports)


def drop_nm(pdk: Pdk) -> int:
    """From a lower port of a splitter on a row down to a photodiode: two bends, and clear of the row's metal."""
    diode, shifter = pdk.device(Role.PHOTODIODE).bbox_nm, pdk.device(Role.PHASE_SHIFTER).bbox_nm
    half = max(diode[3], -diode[1])
    return max(detour_nm(pdk), half - shifter[1] + SPACE_NM - pdk.device(Role.SPLITTER_2X2).port("o2").y_nm)


def _coupler_at(splitter: Device, x_nm: int) -> Transform:
    """A splitter whose upper ports are on the row."""
    return Transform(x_nm, -splitter.port("o2").y_nm)


def _below(pdk: Pdk, splitter: Device, x_nm: int, port: str, drop_nm: int) -> Transform:
    """A one-port device, two bends away from a lower port of a splitter on the row, its anode side down."""
    at = _coupler_at(splitter, x_nm).port(splitter.port(port))
    if at.angle_deg == 0:
        return Transform(at.x_nm + detour_nm(pdk), at.y_nm - drop_nm, mirror=True)
    return Transform(at.x_nm - detour_nm(pdk), at.y_nm - drop_nm, 180)


def _length(device: Device) -> int:
    """Extent along x between the ports on the left and those on the right."""
    return max(port.x_nm for port in device.ports if port.kind == "optical")
