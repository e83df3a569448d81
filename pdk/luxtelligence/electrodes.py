"""Where the electrodes lie, and the voltages that follow. All lengths in nm.

         e1 (signal)                 (ground) e2         shifter: one gap, the field of one voltage
          │                                   │
    ┌─────┴───────────────────────────┐   ┌───┤
    └─────────────────────────────────┘   │   │
o1 ════════════════════════════════════════════════ o2
    ┌─────────────────────────────────────┘   │
    └─────────────────────────────────────────┘
"""

GAP_NM = 4_000
WIDTH_NM = 10_000
"""Gap and inner conductor of lnoi400 2.1.1, cells.eo_phase_shifter."""
INSET_NM = 5_000
"""From a device's end to its metal: two devices in a row leave 10 um."""
STRAP_NM = 10_000
"""Metal that crosses the waveguide, so that every terminal faces north; the terminals are as wide."""
STRAP_GAP_NM = 5_000
"""Between that and the electrode that it passes."""

SHIFTER_NM = 1_050_000
"""Length of a shifter: the longest with which eleven in a row, and all else, fit on 20 mm."""
SHIFTER_TOP_NM = GAP_NM // 2 + WIDTH_NM

MODULATOR_ARM_NM = 900_000
MODULATOR_SBEND_NM = 60_000
MODULATOR_ARM_Y_NM = (WIDTH_NM + GAP_NM) // 2
"""From the middle of the signal to each arm, which lies in the middle of a gap."""
MODULATOR_TOP_NM = WIDTH_NM // 2 + GAP_NM + WIDTH_NM

SHIFTER_ACTIVE_NM = SHIFTER_NM - 2 * INSET_NM - STRAP_NM - STRAP_GAP_NM
"""Where both electrodes of a shifter stand beside the waveguide."""
MODULATOR_ACTIVE_NM = MODULATOR_ARM_NM - 2 * (INSET_NM + STRAP_NM + STRAP_GAP_NM)

V_PI_NM = 66e6
"""Voltage across a gap times length for a phase of pi: 6.6 V cm (lnoi400 2.1.1, models.eo_phase_shifter)."""
SHIFTER_V_PI_V = V_PI_NM / SHIFTER_ACTIVE_NM
MODULATOR_V_PI_V = V_PI_NM / 2 / MODULATOR_ACTIVE_NM
"""Both arms get the voltage, with opposite signs."""
