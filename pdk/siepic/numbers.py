"""Physical numbers of SiEPIC EBeam at 1.55 um, each with its unit and its source.

What the package's compact models hold (CML/EBeam/source_data, pymacros/opics_ebeam/data) is read from there, at 1550 nm
and for 500 nm by 220 nm. "assumed" marks what is only our choice, "derived" what follows from a calculation.
"""

from collections.abc import Mapping
from types import MappingProxyType

from pdk.contract import Number

_PACKAGE = "siepic-ebeam-pdk 0.4.53"
_CML = f"{_PACKAGE}, CML/EBeam/source_data"
_OPICS = f"{_PACKAGE}, pymacros/opics_ebeam/data"
_NONLINEAR = "Lin, Painter, Agrawal 2007, doi:10.1364/OE.15.016604"
_HEAT = "Glassbrenner, Slack 1964, doi:10.1103/PhysRev.134.A1058"
_THERMO_OPTIC = "Komma et al. 2012, doi:10.1063/1.4738989"
_MERGE = "SiEPIC/openEBL-2024-10, merge/EBeam_merge.py"

_ROWS: tuple[tuple[str, float, str, str], ...] = (
    # waveguides
    ("n_eff", 2.44553, "1", f"{_CML}/wg_integral_source, w=500, h=220"),
    ("n_g", 4.19088, "1", f"{_CML}/wg_integral_source, w=500, h=220"),
    (
        "waveguide_loss_db_per_cm",
        3.0,
        "dB/cm",
        "from memory: 2 to 3 dB/cm for strips of this process, Bojko et al. 2011, J. Vac. Sci. Technol. B 29, 06F309; the worse end (the package's opics models default to 7)",
    ),
    (
        "bend_loss_db",
        0.005,
        "dB",
        "excess of one turn above 5 um radius, upper bound in Vlasov, McNab 2004, doi:10.1364/OPEX.12.001622",
    ),
    # light that is too strong for it (compiler/budget_limits.py)
    ("two_photon_cm_per_gw", 0.7, "cm/GW", f"from memory: 0.5-0.9 near 1.55 um, {_NONLINEAR}"),
    ("mode_area_um2", 0.1, "um2", f"assumed: about the core's area, 500 x 220 nm; {_NONLINEAR} takes 0.05-0.1"),
    ("carrier_lifetime_ns", 1.0, "ns", f"from memory: about 1 ns in strips this small, {_NONLINEAR}"),
    ("carrier_cross_section_cm2", 1.45e-17, "cm2", f"free-carrier absorption at 1.55 um, from memory: {_NONLINEAR}"),
    # splitters and couplers
    (
        "splitter_2x2_loss_db",
        0.05,
        "dB",
        f"0.029 dB, mean of both inputs in {_CML}/bdc_TE_source (220 nm, 500 nm), and 71 um of waveguide",
    ),
    ("splitter_1x2_loss_db", 0.168, "dB", f"S21 and S31 in {_CML}/y_branch_source (220 nm, 500 nm)"),
    (
        "coupler_index_split",
        0.01975,
        "1",
        f"n_even - n_odd, fit of sin2 to the 15 lengths up to 35 um of {_CML}/ebeam_dc_te1550 (gap 200 nm)",
    ),
    ("coupler_reference_gap_nm", 200.0, "nm", f"{_CML}/ebeam_dc_te1550; coupler_index_split holds there"),
    (
        "coupler_decay_per_um",
        8.2,
        "1/um",
        f"derived: what {_CML}/ebeam_dc_halfring_straight couples at a gap of 200 nm and a radius of 18 um, against the rate of ebeam_dc_te1550",
    ),
    (
        "coupler_dispersion_per_um",
        4.4,
        "1/um",
        f"relative slope of the coupling rate, 1.54-1.56 um, {_CML}/ebeam_dc_te1550",
    ),
    ("coupler_loss_db", 0.01, "dB", "assumed: its S-bends as two bends of bend_loss_db"),
    (
        "tap_coupling",
        0.03,
        "1",
        "design value: as Pai et al. 2023, doi:10.1126/science.ade8450; a camera behind gratings needs the light",
    ),
    # heaters
    (
        "heater_p_pi_mw",
        30.0,
        "mW",
        f"{_OPICS}/tunable_wg: at 30 mW the index is 4.08e-3 higher, half a wave over 190 um; assumed: that is the length of the heater meant",
    ),
    (
        "heater_resistance_ohm",
        150.0,
        "ohm",
        "derived: 50 squares (3 x 150 um) of 3 ohm; from memory: Applied Nanotools' heater is TiW, 0.6 uohm m; 0.2 um as in SiEPIC/SiEPIC_EBeam_PDK, klayout/EBeam/xsect/EBeam_ANT.xs",
    ),
    ("shifter_range_rad", 6.9115, "rad", "design value: 2.2 pi, so that every element has one full monotone branch"),
    ("phase_shifter_loss_db", 0.01, "dB", "assumed: metal about 2 um above the core absorbs next to nothing"),
    ("heater_bandwidth_khz", 20.0, "kHz", "assumed: 3 dB, rise of 20 us through 2.2 um of oxide"),
    ("heater_limit_ma", 30.0, "mA", "assumed: 5 MA/cm2 in TiW of 3 um x 0.2 um, direct current"),
    # heat from heater to heater (layouts/thermal.py)
    ("silicon_conductivity_w_per_m_k", 148.0, "W/(m K)", f"handbook value at 300 K; measured to 5 % by {_HEAT}"),
    ("silicon_dn_per_k", 1.8e-4, "1/K", f"1.55 um, 300 K, {_THERMO_OPTIC}; assumed: the guided mode's is the same"),
    ("wafer_thickness_um", 675.0, "um", "assumed: a whole 150 mm wafer, its back at one temperature"),
    ("thermal_reach_um", 1000.0, "um", "design value: farther heaters warm both arms of an interferometer alike"),
    (
        "heater_thermal_space_um",
        95.0,
        "um",
        "derived: side by side, a neighbour takes just under 1 % (layouts/thermal.py)",
    ),
    # the die
    ("die_margin_um", 150.0, "um", "assumed: half a dicing street (50 um) and room for alignment marks of 100 um"),
    # read-out: gratings in place of photodiodes, and a camera or fibres above them
    (
        "photodiode_responsivity_a_per_w",
        0.57,
        "A/W",
        "derived: 1.0 A/W of an InGaAs pixel (assumed) behind grating_coupler_loss_db",
    ),
    ("photodiode_dark_current_na", 0.01, "nA", "assumed: cooled InGaAs pixels under the image of a grating"),
    # modulators and attenuators: interferometers with heaters, the process has no diodes
    ("modulator_loss_db", 0.45, "dB", "derived: two y-branches, four bends, 0.29 mm of waveguide, a heater"),
    ("modulator_mw", 60.0, "mW", "derived: two arms, 2 pi in all whatever it sends, by heater_p_pi_mw"),
    ("modulator_extinction_db", 25.0, "dB", "assumed: arms and y-branches balanced within 5 %"),
    ("modulator_bandwidth_ghz", 2e-5, "GHz", "derived: thermo-optic, as heater_bandwidth_khz"),
    ("attenuator_loss_db", 0.43, "dB", "derived: two y-branches, four bends, 0.22 mm of waveguide, a heater"),
    ("attenuator_range_db", 20.0, "dB", "assumed: extinction of an interferometer whose arms differ by 10 % in power"),
    ("attenuator_range_ma", 17.3, "mA", "derived: the current of heater_p_pi_mw in its heater, 33 squares of 3 ohm"),
    # crossings, mirrors, the edge of the chip
    (
        "crossing_loss_db",
        0.3,
        "dB",
        "assumed: ebeam_crossing4 comes with a closed model; elliptical crossings this short lose 0.2 to 0.4 dB",
    ),
    ("crossing_crosstalk_db", -35.0, "dB", "assumed: into a side arm; the model defaults to 0"),
    (
        "loop_mirror_loss_db",
        0.36,
        "dB",
        "derived: beside its waveguide's loss, light passes its y-branch twice and six bends",
    ),
    (
        "grating_coupler_loss_db",
        2.4,
        "dB",
        f"{_CML}/gc_source, GC_TE1550 thickness=220 deltaw=0 (simulated; peak 2.28 dB at 1554.5 nm)",
    ),
    ("grating_coupler_bandwidth_nm", 33.0, "nm", f"full width where 1 dB more is lost, {_CML}/gc_source"),
    ("grating_coupler_reflection_db", -22.0, "dB", f"power, {_CML}/gc_source; the model defaults to 0"),
    ("termination_reflection_db", -27.5, "dB", f"{_CML}/ebeam_terminator_te1550; the model's setting defaults to 0"),
    # the largest die
    (
        "reticle_short_mm",
        8.49,
        "mm",
        f"{_MERGE}: the chip that designs of 605 x 410 um are merged into is 8.65 x 8.49 mm; assumed: one buys a whole one",
    ),
    (
        "reticle_long_mm",
        8.65,
        "mm",
        f"{_MERGE}: the chip that designs of 605 x 410 um are merged into is 8.65 x 8.49 mm; assumed: one buys a whole one",
    ),
)

NUMBERS: Mapping[str, Number] = MappingProxyType(
    {name: Number(value, unit, source) for name, value, unit, source in _ROWS}
)
