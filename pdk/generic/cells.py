"""Cell name to the function that draws it, and the length of waveguide that light passes in it. Imports gdsfactory."""

from collections.abc import Callable, Mapping

import gdsfactory as gf

from pdk.generic import actives, coupling, dimensions, passives, tech
from pdk.generic.drawing import parts
from pdk.kit.build import builder

CELLS: Mapping[str, Callable[[], gf.Component]] = {
    "bend_90": passives.bend_90,
    "mmi2x2": passives.mmi2x2,
    "mmi1x2": passives.mmi1x2,
    "directional_coupler": passives.directional_coupler,
    "tap": passives.tap,
    "balance_tap": passives.balance_tap,
    "phase_shifter": actives.phase_shifter,
    "photodiode": actives.photodiode,
    "modulator": actives.modulator,
    "attenuator": actives.attenuator,
    "crossing": passives.crossing,
    "loop_mirror": passives.loop_mirror,
    "edge_coupler": passives.edge_coupler,
    "grating_coupler": passives.grating_coupler,
    "termination": passives.termination,
    "bond_pad": actives.bond_pad,
    "bump": actives.bump,
    "alignment_mark": passives.alignment_mark,
}


build = builder(CELLS, passives.straight)
"""The cell of a name, drawn once."""


def path_nm(name: str) -> int:
    """Length of waveguide from o1 to where light leaves (a coupler's bus ends at o4, a mirror's way at o1 again)."""
    bend_nm = round(parts().bend_euler(radius=tech.BEND_RADIUS_NM / 1000).info["length"] * 1000)
    arm_nm = round(actives.MODULATOR_ARM_UM * 1000) + 4 * bend_nm + 2 * 2_000
    return {
        "bend_90": bend_nm,
        "mmi2x2": dimensions.MMI_LENGTH_NM,
        "mmi1x2": dimensions.MMI_LENGTH_NM,
        "directional_coupler": _bus_nm(dimensions.COUPLER_GAP_NM, dimensions.COUPLER_LENGTH_NM),
        "tap": _bus_nm(dimensions.TAP_GAP_NM, dimensions.TAP_LENGTH_NM),
        "balance_tap": _bus_nm(dimensions.BALANCE_GAP_NM, dimensions.BALANCE_LENGTH_NM),
        "phase_shifter": round(actives.HEATER_LENGTH_UM * 1000) + 2 * actives.HEATER_LEAD_NM,
        "modulator": 2 * dimensions.MMI_LENGTH_NM + arm_nm,
        "attenuator": round(actives.ATTENUATOR_UM * 1000),
        "crossing": 8_000,
        "loop_mirror": 2 * dimensions.MMI_LENGTH_NM + 4 * bend_nm + 20_000 + 1_250,
        "edge_coupler": 100_000,
    }.get(name, 0)


def _bus_nm(gap_nm: int, length_nm: int) -> int:
    sbend = parts().bend_s(size=(coupling.SBEND_LENGTH_UM, coupling.COUPLERS.sbend_height_um(gap_nm)))
    return 2 * round(sbend.info["length"] * 1000) + length_nm
