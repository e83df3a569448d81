"""Cell name to the function that draws it, and the length of waveguide that light passes in it."""

from collections.abc import Callable, Mapping

from pdk.cornerstone import actives, coupling, passives, tech
from pdk.cornerstone.foundry import length_nm
from pdk.cornerstone.way import way_nm
from pdk.kit.build import builder
from pdk.kit.drawing import Drawn

CELLS: Mapping[str, Callable[[], Drawn]] = {
    "bend_circular": passives.bend_circular,
    "mmi2x2": passives.mmi2x2,
    "mmi1x2": passives.mmi1x2,
    "coupler": passives.coupler,
    "tap": passives.tap,
    "balance_tap": passives.balance_tap,
    "phase_shifter": actives.phase_shifter,
    "camera_grating": passives.camera_grating,
    "photodiode_integrated": actives.photodiode_integrated,
    "modulator": actives.modulator,
    "attenuator": actives.attenuator,
    "crossing": passives.crossing,
    "loop_mirror": passives.loop_mirror,
    "grating_coupler_rectangular": passives.grating_coupler_rectangular,
    "termination": passives.termination,
    "pad": actives.pad,
    "alignment_mark": passives.alignment_mark,
}


build = builder(CELLS, passives.straight)
"""The cell of that name, drawn once; `straight` takes a length in nm and no other cell does."""


def path_nm(name: str) -> int:
    """Length of waveguide from o1 to where light leaves (a coupler's bus ends at o4, a mirror's way at o1 again)."""
    bend_nm = length_nm("bend_circular", radius=tech.BEND_RADIUS_NM / 1000)
    split_nm = 2 * coupling.MMI1X2_LENGTH_NM
    return {
        "bend_circular": bend_nm,
        "mmi2x2": coupling.MMI2X2_LENGTH_NM,
        "mmi1x2": coupling.MMI1X2_LENGTH_NM,
        "coupler": _bus_nm(coupling.COUPLER_GAP_NM, coupling.COUPLER_LENGTH_NM),
        "tap": _bus_nm(coupling.TAP_GAP_NM, coupling.TAP_LENGTH_NM),
        "balance_tap": _bus_nm(coupling.BALANCE_GAP_NM, coupling.BALANCE_LENGTH_NM),
        "phase_shifter": actives.HEATER_NM + 2 * actives.LEAD_NM,
        "modulator": split_nm + way_nm(actives.arm_steps(actives.MODULATOR_ARM_NM), bend_nm),
        "attenuator": split_nm + way_nm(actives.arm_steps(actives.ATTENUATOR_ARM_NM), bend_nm),
        "crossing": 9_240,
        "loop_mirror": split_nm + way_nm(passives.LOOP, bend_nm),
    }.get(name, 0)


def _bus_nm(gap_nm: int, straight_nm: int) -> int:
    height_um = coupling.COUPLERS.sbend_height_um(gap_nm)
    return 2 * length_nm("bend_s", size=(coupling.SBEND_LENGTH_UM, height_um)) + straight_nm
