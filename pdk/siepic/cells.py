"""Cell name to the function that draws it, and the length of waveguide that light passes in it."""

from collections.abc import Callable, Mapping

from pdk.kit.build import builder
from pdk.kit.drawing import Drawn
from pdk.siepic import actives, dimensions, passives, tech

CELLS: Mapping[str, Callable[[], Drawn]] = {
    "bend_90": passives.bend_90,
    "ebeam_bdc_te1550": passives.splitter_2x2,
    "ebeam_y_1550": passives.splitter_1x2,
    "directional_coupler": passives.directional_coupler,
    "tap": passives.tap,
    "balance_tap": passives.balance_tap,
    "phase_shifter": actives.phase_shifter,
    "camera_grating": passives.camera_grating,
    "modulator": actives.modulator,
    "attenuator": actives.attenuator,
    "ebeam_crossing4": passives.crossing,
    "loop_mirror": passives.loop_mirror,
    "ebeam_gc_te1550": passives.grating_coupler,
    "ebeam_terminator_te1550": passives.termination,
    "ebeam_BondPad_75": actives.bond_pad,
    "alignment_mark": passives.alignment_mark,
}


build = builder(CELLS, passives.straight)
"""The cell of that name, drawn once; NotInstalledError where it is made of the foundry's and its package is absent."""


def path_nm(name: str) -> int:
    """Length of waveguide from o1 to where light leaves (a coupler's bus ends at o4, a mirror's way at o1 again).

    Inside the foundry's cells it is the distance of the ports.
    """
    strip = passives.STRIP
    bend_nm = strip.bend_way_nm()
    ends_nm = 2 * dimensions.BRANCH_LENGTH_NM + 4 * bend_nm
    loop_nm = 2 * (tech.BEND_RADIUS_NM + passives.splitter_1x2().ports[1].y_nm)
    return {
        "bend_90": bend_nm,
        "ebeam_bdc_te1550": dimensions.SPLITTER_LENGTH_NM,
        "ebeam_y_1550": dimensions.BRANCH_LENGTH_NM,
        "directional_coupler": strip.coupler_way_nm(dimensions.COUPLER_GAP_NM, dimensions.COUPLER_LENGTH_NM),
        "tap": strip.coupler_way_nm(dimensions.TAP_GAP_NM, dimensions.TAP_LENGTH_NM),
        "balance_tap": strip.coupler_way_nm(dimensions.BALANCE_GAP_NM, dimensions.BALANCE_LENGTH_NM),
        "phase_shifter": actives.heated_nm(dimensions.HEATER_LENGTH_NM),
        "modulator": ends_nm + actives.arm_nm(dimensions.HEATER_LENGTH_NM, dimensions.STRAP_STEP_NM),
        "attenuator": ends_nm + actives.arm_nm(dimensions.ATTENUATOR_HEATER_NM, 0),
        "ebeam_crossing4": dimensions.CROSSING_LENGTH_NM,
        "loop_mirror": 2 * dimensions.BRANCH_LENGTH_NM + 6 * bend_nm + loop_nm,
    }.get(name, 0)
