"""Bond pads of the test structures, where there are no bumps: one at each end of a device, over waveguide alone.

    ▢─────╮            ╭─────▢      a wire rises from each terminal and runs over its end of the device
    ──────[   device   ]──────

Undriven twins stay unwired. Each function takes a placed cell and returns its nets, as in `layouts.bumps`.
"""

from compiler.netlist import Pin
from layouts.bumps import Landing
from layouts.floorplan import CellPlan
from layouts.geometry import Transform
from layouts.metal import heater_current_ma
from layouts.structures import pad_step_nm
from layouts.templates import CLEARANCE_NM, SPACE_NM
from layouts.yard import eastern, western, wire_nm
from pdk.contract import Device, Pdk, Role


def bare_mzi(pdk: Pdk, plan: CellPlan) -> dict[str, Landing]:
    """The driven arm."""
    return _ends(pdk, "theta", plan.places["theta"], pdk.device(Role.PHASE_SHIFTER))


def structures(pdk: Pdk, plan: CellPlan) -> dict[str, Landing]:
    """The phase shifter and the modulator."""
    shifter, modulator = pdk.device(Role.PHASE_SHIFTER), pdk.device(Role.MODULATOR)
    nets = _ends(pdk, "shifter", plan.places["shifter"], shifter)
    return nets | _ends(pdk, "modulator", plan.places["modulator"], modulator)


def _ends(pdk: Pdk, instance: str, at: Transform, device: Device) -> dict[str, Landing]:
    """Terminals of the western half to the west, the outermost to the lowest wire and the nearest pad; so in the east.

    Pads stand no lower than the line of their waveguide.
    """
    pad, space = pdk.device(Role.BOND_PAD).bbox_nm, pdk.metals[-1].space_nm
    half, wide, width = (pad[3] - pad[1]) // 2, pad[2] - pad[0], wire_nm(pdk)
    nets: dict[str, Landing] = {}
    for side, members in ((-1, western(device)), (1, eastern(device)[::-1])):
        x = at.x_nm + (device.bbox_nm[2] if side > 0 else 0) + side * (wide // 2 + CLEARANCE_NM)
        y = at.y_nm + max(device.bbox_nm[3] + space, half + SPACE_NM)
        for port in members:
            y += width // 2
            start = at.point(port.x_nm, port.y_nm)
            paths = ((start, (start[0], y), (x, y)),)
            pin = Pin(instance, port.name)
            nets[f"{instance}.{port.name}"] = Landing((pin,), (x, y), paths, heater_current_ma(pdk))
            x += side * pad_step_nm(pdk)
            y += max(width // 2, half) + space
    return nets
