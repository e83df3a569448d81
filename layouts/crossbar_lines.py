"""Cells of a crossbar whose wires lie on one metal: every element with terminals on a line of its own, terminals up.

    o1 (up)
     │      ╭── replica ── slope       Light enters from above and leaves downwards, at x = 0. Metal stands east of one
     ╰ feed ┴── shutter ──╮            and the same x in all lines, and west of it returns rise (`crossbar_tracks`).
     ╭ monitor ─ modulator ╯
    o2 (down)

Each function returns the `CellPlan` of one cell in its own frame, in nm; the lowest line is at y = 0.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from compiler.crossbar import WEIGHT
from compiler.netlist import Pin
from layouts.crossbar_cells import weight_mzi, weight_pin
from layouts.crossbar_tracks import tracks
from layouts.floorplan import CellPlan
from layouts.geometry import Transform
from layouts.templates import CLEARANCE_NM, detour_nm, optical, rise_nm
from pdk.contract import Device, Pdk, Role

GAP_NM = CLEARANCE_NM // 2
GRID_NM = 2_000
"""Lines and columns stand at multiples of it, so that half-way between two is on the grid."""


@dataclass(frozen=True)
class Lines:
    """What the cells of one kind of column have to agree on."""

    pdk: Pdk
    metal_nm: int
    """West end of all metal."""

    def apart_nm(self, element: Device, *above: Device) -> int:
        """From a line with this element on it up to a line of these devices."""
        reader, tap = self.pdk.device(Role.PHOTODIODE), self.pdk.device(Role.BALANCE_TAP)
        monitor = tap.port("o3").y_nm + rise_nm(self.pdk, Role.BALANCE_TAP) + half_nm(reader)
        top = max(element.bbox_nm[3], monitor) + tracks(self.pdk).above_nm(element)
        return on_grid(max(top + below_nm(*above), 2 * detour_nm(self.pdk)))


def lines(pdk: Pdk, elements: Iterable[Device]) -> Lines:
    """Lines of columns of these elements: west of their metal, room for feed or monitor, and then for their returns."""
    radius, tap, end = pdk.bend_radius_nm, pdk.device(Role.BALANCE_TAP), pdk.device(Role.TERMINATION)
    fed = _feed_nm(pdk) + tap.port("o3").x_nm + 2 * radius
    before = max(end.bbox_nm[2], pdk.device(Role.PHOTODIODE).bbox_nm[2] - tap.port("o3").x_nm)
    monitored = _monitor_nm(pdk) + before
    return Lines(pdk, on_grid(max(fed, monitored) + GAP_NM + tracks(pdk).west_nm(elements)))


def input_head(at: Lines) -> CellPlan:
    """Shutter above, to the east; modulator and monitor below, back to the west."""
    pdk = at.pdk
    shutter, modulator = pdk.device(Role.ATTENUATOR), pdk.device(Role.MODULATOR)
    y = at.apart_nm(modulator, shutter)
    places = {
        "shutter": Transform(at.metal_nm, y),
        "modulator": Transform(at.metal_nm + modulator.port("o2").x_nm, 0, 180, mirror=True),
        "monitor": Transform(_monitor_nm(pdk), 0, 180, mirror=True),
    }
    radius = pdk.bend_radius_nm
    return CellPlan(places, {"o1": optical(pdk, "o1", 0, y + radius, 90), "o2": optical(pdk, "o2", 0, -radius, 270)})


def neuron_head(at: Lines) -> CellPlan:
    """The same behind the tap that feeds the replica, on a line above."""
    pdk, plan = at.pdk, input_head(at)
    feed, modulator, shutter = (pdk.device(role) for role in (Role.BALANCE_TAP, Role.MODULATOR, Role.ATTENUATOR))
    x, y = _feed_nm(pdk), plan.places["shutter"].y_nm
    up = y + at.apart_nm(shutter, modulator, pdk.device(Role.PHOTODIODE))
    places = dict(plan.places) | {
        "feed": Transform(x, y),
        "end": Transform(x + feed.port("o2").x_nm, y + feed.port("o2").y_nm, 180),
        "replica": Transform(at.metal_nm, up),
        "slope": Transform(at.metal_nm + modulator.port("o2").x_nm + GAP_NM, up),
    }
    turn = x + feed.port("o3").x_nm + pdk.bend_radius_nm
    corners = {Pin("feed", "o3"): ((turn, y + feed.port("o3").y_nm), (turn, up))}
    return CellPlan(places, plan.ports, corners)


def output_neuron(at: Lines) -> CellPlan:
    """Modulator above, replica below, both with the photodiode behind; light enters from above."""
    pdk = at.pdk
    splitter, modulator = pdk.device(Role.SPLITTER_1X2), pdk.device(Role.MODULATOR)
    x = max(at.metal_nm, pdk.bend_radius_nm + splitter.port("o2").x_nm + detour_nm(pdk))
    half = at.apart_nm(modulator, modulator, pdk.device(Role.PHOTODIODE)) // 2
    x_diode = x + modulator.port("o2").x_nm + GAP_NM
    places = {
        "split": Transform(pdk.bend_radius_nm, 0),
        "modulator": Transform(x, half),
        "output": Transform(x_diode, half),
        "replica": Transform(x, -half),
        "slope": Transform(x_diode, -half),
    }
    return CellPlan(places, {"o1": optical(pdk, "o1", 0, pdk.bend_radius_nm, 90)})


def weight(pdk: Pdk, cell: str) -> CellPlan:
    """A weight of that cell's kind, as with bumps; attenuators so far apart that the lower one's wires get out."""
    if cell == WEIGHT["mzi"]:
        return weight_mzi(pdk)
    attenuator = pdk.device(Role.ATTENUATOR)
    apart = attenuator.bbox_nm[3] + tracks(pdk).above_nm(attenuator) + below_nm(attenuator)
    return weight_pin(pdk, on_grid(apart) // 2)


def below_nm(*devices: Device) -> int:
    """How far devices reach below their line."""
    return max(-device.bbox_nm[1] for device in devices)


def half_nm(device: Device) -> int:
    """How far a device reaches beside its line, to either side."""
    return max(device.bbox_nm[3], -device.bbox_nm[1])


def on_grid(least_nm: int) -> int:
    """The next multiple of the grid."""
    return -(-least_nm // GRID_NM) * GRID_NM


def _feed_nm(pdk: Pdk) -> int:
    """Where the tap of a replica begins: behind a bend, and behind the termination of its dark port."""
    return pdk.bend_radius_nm + GAP_NM + pdk.device(Role.TERMINATION).bbox_nm[2]


def _monitor_nm(pdk: Pdk) -> int:
    """Where a monitor that is lit from the east has its o1: room for a bend behind it, and for its U-turn."""
    return pdk.device(Role.BALANCE_TAP).port("o4").x_nm + detour_nm(pdk) + GAP_NM
