"""Cells with metal, o1 at (0, 0). `pdk.luxtelligence.electrodes` has the picture of a shifter, and the voltages."""

from pdk.contract import Port
from pdk.kit.drawing import Drawn, Pieces, box, drawn, moved, together
from pdk.luxtelligence import coupling, tech
from pdk.luxtelligence.electrodes import (
    GAP_NM,
    INSET_NM,
    MODULATOR_ARM_NM,
    MODULATOR_ARM_Y_NM,
    MODULATOR_SBEND_NM,
    MODULATOR_TOP_NM,
    SHIFTER_NM,
    SHIFTER_TOP_NM,
    STRAP_GAP_NM,
    STRAP_NM,
    WIDTH_NM,
)
from pdk.luxtelligence.foundry import mirrored_x, piece
from pdk.luxtelligence.passives import MIRROR_Y_NM

PAD_NM = 90_000


def phase_shifter() -> Drawn:
    """Rib of 2.5 um in a gap between two electrodes: e1 the northern one, e2 the southern one.

    The phase grows with the voltage of e1 against e2; in a cell placed upside down (mirrored or turned, not both) it
    falls. West for east it is the same.
    """
    east, gap, top = SHIFTER_NM - INSET_NM, GAP_NM // 2, SHIFTER_TOP_NM
    metal = together(
        _metal(INSET_NM, gap, east - STRAP_NM - STRAP_GAP_NM, top),
        _metal(INSET_NM, -top, east, -gap),
        _metal(east - STRAP_NM, -top, east, top),
    )
    ports = [
        *_ends(SHIFTER_NM),
        _terminal("e1", INSET_NM + STRAP_NM // 2, top),
        _terminal("e2", east - STRAP_NM // 2, top),
    ]
    return drawn("phase_shifter", together(_rib(SHIFTER_NM), metal), ports)


def modulator() -> Drawn:
    """Balanced push-pull modulator: e1 the signal between the arms, e2 the ground around them.

            e1                           e2
            │  ┌─────────────────────────┤
            │  └─────────────────────────┤      ground
           ─┼────────────────────────────┼─     arm
    o1 ──<  ├──────────────────────┐     │  >── o2
            ├──────────────────────┘     │      signal
           ─┼────────────────────────────┼─     arm
            │  ┌─────────────────────────┤
            │  └─────────────────────────┘      ground
    """
    x_arm = coupling.MMI_1X2_NM + MODULATOR_SBEND_NM
    length = 2 * x_arm + MODULATOR_ARM_NM
    west, east, top = x_arm + INSET_NM, x_arm + MODULATOR_ARM_NM - INSET_NM, MODULATOR_TOP_NM
    half, inner, beside = WIDTH_NM // 2, WIDTH_NM // 2 + GAP_NM, STRAP_NM + STRAP_GAP_NM
    metal = together(
        _metal(west, -half, east - beside, half),
        _metal(west, -top, west + STRAP_NM, top),
        _metal(west + beside, inner, east, top),
        _metal(west + beside, -top, east, -inner),
        _metal(east - STRAP_NM, -top, east, top),
    )
    ports = [
        *_ends(length),
        _terminal("e1", west + STRAP_NM // 2, top),
        _terminal("e2", east - STRAP_NM // 2, top),
    ]
    return drawn("modulator", together(_interferometer(x_arm, length), metal), ports)


def bond_pad() -> Drawn:
    """Pad of 90 um; e1 on its west edge."""
    ports = [Port("e1", 0, 0, 180, PAD_NM, "electrical")]
    return drawn("pad", piece("pad", "e1"), ports)


def _interferometer(x_arm_nm: int, length_nm: int) -> Pieces:
    """Splitter, upper arm between two S-bends, the lower arm its mirror image, combiner."""
    rise = MODULATOR_ARM_Y_NM - MIRROR_Y_NM
    sbend = moved(piece("bend_s", size=(MODULATOR_SBEND_NM / 1000, rise / 1000)), coupling.MMI_1X2_NM, MIRROR_Y_NM)
    arm = moved(_rib(MODULATOR_ARM_NM), x_arm_nm, MODULATOR_ARM_Y_NM)
    upper = together(sbend, arm, mirrored_x(sbend, length_nm))
    splitter = piece("mmi1x2_optimized1550")
    return together(splitter, upper, moved(upper, mirror=True), mirrored_x(splitter, length_nm))


def _rib(length_nm: int) -> Pieces:
    return piece("eo_phase_shifter", modulation_length=length_nm / 1000, draw_cpw=False)


def _metal(left: int, bottom: int, right: int, top: int) -> Pieces:
    return box(tech.TL, left, bottom, right, top)


def _ends(length_nm: int) -> list[Port]:
    width = tech.WAVEGUIDE_WIDTH_NM
    return [Port("o1", 0, 0, 180, width), Port("o2", length_nm, 0, 0, width)]


def _terminal(name: str, x_nm: int, y_nm: int) -> Port:
    return Port(name, x_nm, y_nm, 90, STRAP_NM, "electrical")
