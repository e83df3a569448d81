"""Cell name to the function that draws it, and the length of waveguide that light passes in it. Imports gdsfactory."""

from collections.abc import Callable, Mapping

from pdk.kit.build import builder
from pdk.kit.drawing import Drawn
from pdk.luxtelligence import actives, coupling, electrodes, passives, tech
from pdk.luxtelligence.foundry import length_nm

CELLS: Mapping[str, Callable[[], Drawn]] = {
    "bend_euler": passives.bend_euler,
    "mmi2x2optimized1550": passives.mmi2x2,
    "mmi1x2_optimized1550": passives.mmi1x2,
    "coupler": passives.coupler,
    "tap": passives.tap,
    "balance_tap": passives.balance_tap,
    "phase_shifter": actives.phase_shifter,
    "modulator": actives.modulator,
    "camera_grating": passives.camera_grating,
    "loop_mirror": passives.loop_mirror,
    "double_linear_inverse_taper": passives.edge_coupler,
    "gc_focusing_1550": passives.grating_coupler,
    "termination": passives.termination,
    "pad": actives.bond_pad,
    "alignment_mark": passives.alignment_mark,
}


build = builder(CELLS, passives.straight)
"""The cell of that name, drawn once; `straight` takes a length in nm and no other cell does."""


def path_nm(name: str) -> int:
    """Length of waveguide from o1 to where light leaves (a coupler's bus ends at o4, a mirror's way at o1 again)."""
    bend = length_nm("bend_euler", radius=tech.BEND_RADIUS_NM / 1000)
    apart = _sbend_nm(passives.MIRROR_SBEND_NM, tech.BEND_RADIUS_NM - passives.MIRROR_Y_NM)
    arm = _sbend_nm(electrodes.MODULATOR_SBEND_NM, electrodes.MODULATOR_ARM_Y_NM - passives.MIRROR_Y_NM)
    return {
        "bend_euler": bend,
        "mmi2x2optimized1550": coupling.MMI_2X2_NM,
        "mmi1x2_optimized1550": coupling.MMI_1X2_NM,
        "coupler": _bus_nm(coupling.COUPLER_GAP_NM, coupling.COUPLER_LENGTH_NM),
        "tap": _bus_nm(coupling.TAP_GAP_NM, coupling.TAP_LENGTH_NM),
        "balance_tap": _bus_nm(coupling.BALANCE_GAP_NM, coupling.BALANCE_LENGTH_NM),
        "phase_shifter": electrodes.SHIFTER_NM,
        "modulator": 2 * (coupling.MMI_1X2_NM + arm) + electrodes.MODULATOR_ARM_NM,
        "loop_mirror": 2 * (coupling.MMI_1X2_NM + apart + bend),
        "double_linear_inverse_taper": passives.EDGE_NM,
    }.get(name, 0)


def _bus_nm(gap_nm: int, straight_nm: int) -> int:
    return 2 * _sbend_nm(coupling.SBEND_NM, coupling.sbend_height_nm(gap_nm)) + straight_nm


def _sbend_nm(extent_nm: int, rise_nm: int) -> int:
    return length_nm("bend_s", size=(extent_nm / 1000, rise_nm / 1000))
