"""Physical numbers of CORNERSTONE's 220 nm silicon at 1.55 um, each with its unit and its source.

What the package cspdk 2.1.0 states (its measured losses are those of the foundry's 50th-call Standard Components) is
taken from there. "assumed" marks what is only our choice, "derived" what follows from a calculation.
"""

from collections.abc import Mapping
from types import MappingProxyType

from pdk.contract import Number

_CSPDK = "cspdk 2.1.0"
_MMI = f"{_CSPDK}, models.foundry"
_TABLE = f"derived: coupled-mode table of {_CSPDK}, models.couplers (not validated by the foundry)"
_SHIFTER = f"{_CSPDK}, active_models.ThermalPhaseShifter"
_GRATINGS = f"{_CSPDK}, models.gratings"
_TAPS = "Pai et al. 2023, doi:10.1126/science.ade8450"
_NONLINEAR = "Lin, Painter, Agrawal 2007, doi:10.1364/OE.15.016604"
_HEAT = "Glassbrenner, Slack 1964, doi:10.1103/PhysRev.134.A1058"
_THERMO_OPTIC = "Komma et al. 2012, doi:10.1063/1.4738989"
_DIODE = "from memory: data sheet of OSI Optoelectronics FCI-InGaAs-300B1"

_ROWS: tuple[tuple[str, float, str, str], ...] = (
    # waveguides
    ("n_eff", 2.38, "1", f"strip of 450 x 220 nm, {_CSPDK}, models.waveguides"),
    ("n_g", 4.30, "1", f"{_CSPDK}, models.waveguides"),
    ("waveguide_loss_db_per_cm", 3.0, "dB/cm", f"{_CSPDK}, models.straight"),
    (
        "bend_loss_db",
        0.0069,
        "dB",
        f"derived: 0.01159 dB for 90 degrees of 10 um radius ({_MMI}.BEND_LOSS_DB) less 15.7 um of waveguide",
    ),
    # light that is too strong for it (compiler/budget_limits.py)
    ("two_photon_cm_per_gw", 0.7, "cm/GW", f"from memory: 0.5-0.9 near 1.55 um, {_NONLINEAR}"),
    ("mode_area_um2", 0.1, "um2", f"assumed: about the core's area, 450 x 220 nm; {_NONLINEAR} takes 0.05-0.1"),
    ("carrier_lifetime_ns", 1.0, "ns", f"from memory: about 1 ns in strips this small, {_NONLINEAR}"),
    ("carrier_cross_section_cm2", 1.45e-17, "cm2", f"free-carrier absorption at 1.55 um, from memory: {_NONLINEAR}"),
    # splitters and couplers
    (
        "splitter_2x2_loss_db",
        0.327,
        "dB",
        f"derived: both outputs together, bar 0.357 and cross 0.297 dB, {_MMI}.MMI2X2_EXCESS_DB",
    ),
    ("splitter_1x2_loss_db", 0.2953, "dB", f"measured 3.3056 dB less the split, {_MMI}.MMI1X2_EXCESS_DB"),
    ("coupler_index_split", 0.01689, "1", f"n_even - n_odd at a gap of 270 nm, {_TABLE}"),
    ("coupler_reference_gap_nm", 270.0, "nm", f"{_CSPDK}, tech.TECH.gap_strip; coupler_index_split holds there"),
    ("coupler_decay_per_um", 8.3, "1/um", f"gaps of 200 to 400 nm, {_TABLE}"),
    ("coupler_dispersion_per_um", 5.1, "1/um", f"relative slope of the coupling rate, 1.50-1.60 um, {_TABLE}"),
    ("coupler_loss_db", 0.014, "dB", "assumed: its S-bends as two bends of bend_loss_db"),
    ("tap_coupling", 0.03, "1", f"design value: as {_TAPS}; a camera behind gratings needs the light"),
    # heaters
    (
        "heater_p_pi_mw",
        80.0,
        "mW",
        f"12.5 pi per W, {_SHIFTER}; a default, not a measurement: metal heaters on silicon mostly take 20-30 mW",
    ),
    (
        "heater_resistance_ohm",
        533.0,
        "ohm",
        f"derived: 200 x 2.5 um of TiN 0.15 um thick ({_CSPDK}, tech.get_layer_stack), assumed: 100 uohm cm; the 0.375 ohm per um of {_SHIFTER} would take 14 uohm cm, less than TiN has",
    ),
    ("shifter_range_rad", 6.9115, "rad", "design value: 2.2 pi, so that every element has one full monotone branch"),
    (
        "phase_shifter_loss_db",
        0.01,
        "dB",
        f"assumed: metal 0.9 um above the core absorbs next to nothing; {_CSPDK} has the waveguide's loss alone",
    ),
    (
        "heater_bandwidth_khz",
        35.0,
        "kHz",
        "assumed: 10 us from 10 to 90 %, as metal heaters above a micrometre of oxide commonly take",
    ),
    ("heater_limit_ma", 18.7, "mA", "assumed: 5 MA/cm2 in titanium nitride of 2.5 um x 0.15 um, direct current"),
    # heat from heater to heater (layouts/thermal.py)
    ("silicon_conductivity_w_per_m_k", 148.0, "W/(m K)", f"handbook value at 300 K; measured to 5 % by {_HEAT}"),
    ("silicon_dn_per_k", 1.8e-4, "1/K", f"1.55 um, 300 K, {_THERMO_OPTIC}; assumed: the guided mode's is the same"),
    ("wafer_thickness_um", 725.0, "um", "assumed: a whole 200 mm wafer, its back at one temperature"),
    ("thermal_reach_um", 1000.0, "um", "design value: farther heaters warm both arms of an interferometer alike"),
    ("heater_thermal_space_um", 100.0, "um", "derived: side by side, a neighbour takes 3.2 % (layouts/thermal.py)"),
    # the die
    (
        "die_margin_um",
        75.0,
        "um",
        "assumed: room for alignment marks of 50 um; the design area ends before the saw, and the foundry's template has pads 50 um from it",
    ),
    # light read off the chip, modulators
    (
        "photodiode_responsivity_a_per_w",
        0.21,
        "A/W",
        f"derived: 1.0 A/W of an InGaAs camera (assumed: 80 % of the photons), behind a grating of 6.73 dB (assumed: the apodized one as {_GRATINGS}, 1.55 um)",
    ),
    ("camera_frame_hz", 200.0, "Hz", "assumed: an InGaAs camera, all of its pixels read"),
    ("photodiode_dark_current_na", 0.01, "nA", "assumed: 100 pixels of 0.1 pA under the image of one grating"),
    (
        "flip_chip_responsivity_a_per_w",
        0.19,
        "A/W",
        f"derived: 0.9 A/W at 1.55 um ({_DIODE}) behind the standard grating of 6.73 dB",
    ),
    ("flip_chip_dark_current_na", 0.5, "nA", f"at 5 V reverse, {_DIODE}"),
    ("flip_chip_bandwidth_ghz", 0.3, "GHz", "assumed: 10 pF into 50 ohm"),
    ("modulator_loss_db", 0.73, "dB", "derived: two 1x2 MMIs, four bends of 0.0116 dB, 287 um of waveguide, a heater"),
    ("modulator_mw", 160.0, "mW", "derived: two arms, 2 pi in all whatever it sends, by heater_p_pi_mw"),
    ("modulator_extinction_db", 25.0, "dB", "assumed: arms and MMIs balanced within 5 %"),
    ("modulator_bandwidth_ghz", 3.5e-5, "GHz", "derived: thermo-optic, as heater_bandwidth_khz"),
    ("attenuator_loss_db", 0.73, "dB", "derived: two 1x2 MMIs, four bends of 0.0116 dB, 261 um of waveguide, a heater"),
    ("attenuator_range_db", 20.0, "dB", "assumed: extinction of an interferometer whose arms differ by 10 % in power"),
    ("attenuator_range_ma", 12.3, "mA", "derived: the current of heater_p_pi_mw in heater_resistance_ohm"),
    # crossings, mirrors, the edge of the chip
    ("crossing_loss_db", 0.1167, "dB", f"measured 0.1195 dB ({_MMI}.CROSSING_LOSS_DB) less 9.24 um of waveguide"),
    ("crossing_crosstalk_db", -40.0, "dB", "assumed: cspdk states none; the model defaults to 0"),
    (
        "loop_mirror_loss_db",
        0.58,
        "dB",
        "derived: beside its waveguide's loss, twice that of its 1x2 MMI less 72 um of waveguide, and four bends",
    ),
    (
        "grating_coupler_loss_db",
        6.73,
        "dB",
        f"at 1.55 um, {_GRATINGS}: 6.0 dB at 1.565 um, the middle of what was measured",
    ),
    ("grating_coupler_peak_loss_db", 6.0, "dB", _GRATINGS),
    ("grating_coupler_centre_nm", 1565.0, "nm", _GRATINGS),
    ("grating_coupler_bandwidth_nm", 35.0, "nm", f"full width where 1 dB more is lost, {_GRATINGS}"),
    ("grating_coupler_reflection_db", -20.0, "dB", f"assumed: power; {_GRATINGS} has none; the model defaults to 0"),
    ("termination_reflection_db", -25.0, "dB", "assumed: a tip of 250 nm; the model's setting defaults to 0"),
    # the largest die
    ("reticle_short_mm", 4.9, "mm", f"{_CSPDK}, submission.DESIGN_AREAS, full cell"),
    ("reticle_long_mm", 11.47, "mm", f"{_CSPDK}, submission.DESIGN_AREAS, full cell"),
)

NUMBERS: Mapping[str, Number] = MappingProxyType(
    {name: Number(value, unit, source) for name, value, unit, source in _ROWS}
)
