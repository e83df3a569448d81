"""Placement of a crossbar's small cells: trees, weights, heads, output neurons.

As in `layouts.templates`, each function returns the `CellPlan` of one cell in its own frame, in nm: light enters at
x = 0 and runs to the right. A weight's row and a head's line are at y = 0.
"""

from compiler.crossbar import depth
from compiler.names import leaf
from compiler.netlist import Pin
from layouts.floorplan import ROW_PITCH_NM, CellPlan
from layouts.geometry import Transform
from layouts.templates import CLEARANCE_NM, SPACE_NM, detour_nm, optical, rise_nm
from pdk.contract import Pdk, Role

ARM_NM = 30_000
"""From the middle of a weight to each arm: room for its row's wire between them, and for bumps between two rows."""
DIODE_NM = 21_000
"""From the middle of a weight to the middle of each photodiode, at least two bends away."""
ATTENUATOR_NM = 22_000
"""The same to each attenuator of a PIN weight."""
LEAD_NM = 12_000
"""Waveguide before the first coupler of a weight: the dark port turns back beside it."""


def tree(pdk: Pdk, leaves: int, pitch_nm: int) -> CellPlan:
    """A whole tree that grows to the right; leaf k comes out at y = -k pitch. Every way from root to leaf is as long.

    As in a clock tree without skew, a splitter stands where the ways up and down from it are equally long: half-way
    where both branches are whole. Where one branch has no leaf, its stub ends in a termination, and the other goes
    straight on. No branch reaches beyond its own leaves, so that none crosses another.
    """
    splitter = pdk.device(Role.SPLITTER_1X2)
    out, radius = splitter.port("o2"), pdk.bend_radius_nm
    step = out.x_nm + detour_nm(pdk)
    saved = 2 * (2 * radius - pdk.device(Role.BEND).path_nm)
    levels = max(1, depth(leaves))
    places: dict[str, Transform] = {}

    def grow(first: int, last: int, level: int) -> tuple[int, int]:
        """Place what stands over these leaves; the y of its input, and how far aside light goes from there."""
        if first == last:
            return -first * pitch_nm, 0
        middle = (first + last) // 2
        upper, upper_way = grow(first, middle, level + 1)
        if middle + 1 < leaves:
            lower, lower_way = grow(middle + 1, last, level + 1)
            y = (upper + lower + upper_way - lower_way) // 2
            way = upper_way + upper - y - out.y_nm - saved
        else:
            y, way = upper - out.y_nm, upper_way
            aside = y - out.y_nm - radius
            places[f"end_{middle + 1}_{last}"] = Transform(level * step + out.x_nm + radius, aside, 270)
        places[f"split_{first}_{last}"] = Transform(level * step, y)
        return y, way

    root, _ = grow(0, (1 << levels) - 1, 0)
    ports = {"o1": optical(pdk, "o1", 0, root, 180)}
    ports |= {leaf(k): optical(pdk, leaf(k), levels * step, -k * pitch_nm, 0) for k in range(leaves)}
    return CellPlan(places, ports)


def weight_mzi(pdk: Pdk) -> CellPlan:
    """Arms at equal distance above and below; both photodiodes the same way up, so that the wire of the row runs
    between the cathode of the upper one (minus) and the anode of the lower one (plus)."""
    splitter, shifter = pdk.device(Role.SPLITTER_2X2), pdk.device(Role.PHASE_SHIFTER)
    gap, length, radius = splitter.port("o2").y_nm, splitter.port("o4").x_nm, pdk.bend_radius_nm
    diode = pdk.device(Role.PHOTODIODE).bbox_nm
    arm = max(ARM_NM, 2 * radius + gap, (shifter.bbox_nm[3] - shifter.bbox_nm[1]) // 2 + SPACE_NM)
    aside = max(DIODE_NM, 2 * radius, (diode[3] - diode[1] - gap) // 2 + SPACE_NM)
    x_arm = LEAD_NM + length + detour_nm(pdk)
    x_end = x_arm + shifter.port("o2").x_nm + detour_nm(pdk)
    x_diode = x_end + length + detour_nm(pdk)
    places = {
        "coupler_1": Transform(LEAD_NM, -gap),
        "dark": Transform(LEAD_NM - radius, -gap - radius, 270),
        "theta": Transform(x_arm, arm - gap // 2),
        "theta_twin": Transform(x_arm, -arm - gap // 2),
        "coupler_2": Transform(x_end, -gap),
        "minus": Transform(x_diode, aside),
        "plus": Transform(x_diode, -aside - gap),
    }
    return CellPlan(places, {"o1": optical(pdk, "o1", 0, 0, 180)})


def weight_pin(pdk: Pdk, aside_nm: int = ATTENUATOR_NM) -> CellPlan:
    """Photodiodes straight behind their attenuators; the upper one (plus) on its back, so that its anode faces the
    cathode of the lower one across the wire of the row."""
    splitter, attenuator = pdk.device(Role.SPLITTER_1X2), pdk.device(Role.ATTENUATOR)
    x = splitter.port("o2").x_nm + detour_nm(pdk)
    x_diode = x + attenuator.port("o2").x_nm + 2 * CLEARANCE_NM // 3
    places = {
        "split": Transform(0, 0),
        "att_plus": Transform(x, aside_nm),
        "att_minus": Transform(x, -aside_nm),
        "plus": Transform(x_diode, aside_nm, mirror=True),
        "minus": Transform(x_diode, -aside_nm, mirror=True),
    }
    return CellPlan(places, {"o1": optical(pdk, "o1", 0, 0, 180)})


def monitor_tap(pdk: Pdk) -> CellPlan:
    """The photodiode stands above the tap, behind a U-turn, its anode up; the other end goes back beside the bus."""
    tap = pdk.device(Role.BALANCE_TAP)
    o2, o3, o4 = tap.port("o2"), tap.port("o3"), tap.port("o4")
    places = {
        "tap": Transform(),
        "end": Transform(o2.x_nm, o2.y_nm, 180),
        "pd": Transform(o3.x_nm, o3.y_nm + rise_nm(pdk, Role.BALANCE_TAP), 180, mirror=True),
    }
    return CellPlan(places, {"o1": optical(pdk, "o1", 0, 0, 180), "o2": optical(pdk, "o2", o4.x_nm, 0, 0)})


def input_head(pdk: Pdk) -> CellPlan:
    """Shutter, modulator and monitor in one line."""
    places, end = _line(pdk, 0)
    return CellPlan(places, {"o1": optical(pdk, "o1", 0, 0, 180), "o2": optical(pdk, "o2", end, 0, 0)})


def neuron_head(pdk: Pdk) -> CellPlan:
    """The same behind the tap that feeds the replica, which stands on a line of its own, one row above."""
    feed, modulator = pdk.device(Role.BALANCE_TAP), pdk.device(Role.MODULATOR)
    x = pdk.device(Role.TERMINATION).bbox_nm[2] + detour_nm(pdk) // 2
    x_line = x + feed.port("o4").x_nm + detour_nm(pdk) + CLEARANCE_NM // 2
    places, end = _line(pdk, x_line)
    places |= {
        "feed": Transform(x, 0),
        "end": Transform(x + feed.port("o2").x_nm, feed.port("o2").y_nm, 180),
        "replica": Transform(x_line, ROW_PITCH_NM),
        "slope": Transform(x_line + modulator.port("o2").x_nm + CLEARANCE_NM, ROW_PITCH_NM),
    }
    x_up = x + feed.port("o3").x_nm + pdk.bend_radius_nm
    corners = {Pin("feed", "o3"): ((x_up, feed.port("o3").y_nm), (x_up, ROW_PITCH_NM))}
    return CellPlan(places, {"o1": optical(pdk, "o1", 0, 0, 180), "o2": optical(pdk, "o2", end, 0, 0)}, corners)


def output_neuron(pdk: Pdk) -> CellPlan:
    """Modulator above, replica below, each the other's mirror image."""
    splitter, modulator = pdk.device(Role.SPLITTER_1X2), pdk.device(Role.MODULATOR)
    x = splitter.port("o2").x_nm + detour_nm(pdk)
    x_diode = x + modulator.port("o2").x_nm + CLEARANCE_NM
    half = ROW_PITCH_NM // 2
    places = {
        "split": Transform(0, 0),
        "modulator": Transform(x, half),
        "output": Transform(x_diode, half),
        "replica": Transform(x, -half, mirror=True),
        "slope": Transform(x_diode, -half, mirror=True),
    }
    return CellPlan(places, {"o1": optical(pdk, "o1", 0, 0, 180)})


def _line(pdk: Pdk, x_nm: int) -> tuple[dict[str, Transform], int]:
    """Places of shutter, modulator and monitor, and where the line ends: clear of the monitor's U-turn."""
    x_modulator = x_nm + pdk.device(Role.ATTENUATOR).port("o2").x_nm + CLEARANCE_NM
    x_monitor = x_modulator + pdk.device(Role.MODULATOR).port("o2").x_nm
    x_monitor += pdk.device(Role.TERMINATION).bbox_nm[2] + detour_nm(pdk) // 2
    places = {
        "shutter": Transform(x_nm, 0),
        "modulator": Transform(x_modulator, 0),
        "monitor": Transform(x_monitor, 0),
    }
    return places, x_monitor + pdk.device(Role.BALANCE_TAP).port("o4").x_nm + detour_nm(pdk)
