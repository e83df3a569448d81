"""Physical numbers of the generic process at 1.55 um, each with its unit and its source.

gdsfactory's generic PDK draws cells and does not state what they do; the values are those of published 220 nm silicon
platforms. "assumed" marks what is only our choice, "computed" and "derived" what follows from a calculation.
"""

from collections.abc import Mapping
from types import MappingProxyType

from pdk.contract import Number

_BOOK = "Chrostowski, Hochberg, Silicon Photonics Design (2015), doi:10.1017/CBO9781316084168"
_RINGS = "Bogaerts et al. 2012, doi:10.1002/lpor.201100017"
_BENDS = "Vlasov, McNab 2004, doi:10.1364/OPEX.12.001622"
_MMI = "Sheng et al. 2012, doi:10.1109/JPHOT.2012.2230320"
_MODES = "computed: semi-vectorial finite differences, 12.5 nm grid, silicon 3.476, oxide 1.444"
_TAPS = "Pai et al. 2023, doi:10.1126/science.ade8450"
_HEATER = "Harris et al. 2014, doi:10.1364/OE.22.010487"
_HEAT = "Glassbrenner, Slack 1964, doi:10.1103/PhysRev.134.A1058"
_THERMO_OPTIC = "Komma et al. 2012, doi:10.1063/1.4738989"
_DIODE = "Hu et al. 2023 (foundry, 300 mm wafers), doi:10.1364/PRJ.488166"
_MODULATOR = "Marris-Morini et al. 2014, doi:10.1364/OE.22.006674"
_CARRIERS = "Soref, Bennett 1987, doi:10.1109/JQE.1987.1073206"
_NONLINEAR = "Lin, Painter, Agrawal 2007, doi:10.1364/OE.15.016604"
_CROSSING = "Johnson et al., Opt. Express 28, 12498 (2020)"
_FACET = "Wan et al. 2025, doi:10.1117/1.APN.4.2.026004"
_GRATING = "Wang et al. 2014, doi:10.1364/OE.22.020652"

_ROWS: tuple[tuple[str, float, str, str], ...] = (
    # waveguides
    ("n_eff", 2.4468, "1", f"TE0 of a 500 x 220 nm strip in oxide, compact model in {_BOOK}; our mode solver: 2.439"),
    ("n_g", 4.2036, "1", f"n_eff - wavelength dn_eff/dwavelength, slope -1.1334 per um, {_BOOK}"),
    ("waveguide_loss_db_per_cm", 2.0, "dB/cm", f"2-3 dB/cm with 193 nm lithography, {_RINGS}; the better end"),
    ("bend_loss_db", 0.005, "dB", f"excess of one turn above 5 um radius, upper bound in {_BENDS}"),
    # light that is too strong for it (compiler/budget_limits.py)
    ("two_photon_cm_per_gw", 0.7, "cm/GW", f"from memory: 0.5-0.9 near 1.55 um, {_NONLINEAR}"),
    ("mode_area_um2", 0.1, "um2", f"assumed: about the core's area, 500 x 220 nm; {_NONLINEAR} takes 0.05-0.1"),
    ("carrier_lifetime_ns", 1.0, "ns", f"from memory: about 1 ns in strips this small, {_NONLINEAR}"),
    ("carrier_cross_section_cm2", 1.45e-17, "cm2", f"free-carrier absorption at 1.55 um, from memory: {_NONLINEAR}"),
    # splitters and couplers
    ("splitter_2x2_loss_db", 0.1, "dB", f"assumed: above the 0.06 dB of a 1x2 MMI ({_MMI}), for its longer image"),
    ("splitter_1x2_loss_db", 0.06, "dB", f"excess loss, {_MMI}"),
    ("coupler_index_split", 0.0184, "1", f"n_even - n_odd of two strips 236 nm apart, {_MODES}; SAX's coupler: 0.02"),
    ("coupler_reference_gap_nm", 236.0, "nm", "gap of gdsfactory.components.coupler; coupler_index_split holds there"),
    ("coupler_decay_per_um", 8.6, "1/um", f"decay of coupler_index_split from 250 to 400 nm, {_MODES}"),
    ("coupler_dispersion_per_um", 4.3, "1/um", f"relative slope of the coupling rate, 1.50-1.60 um, {_MODES}"),
    ("coupler_loss_db", 0.01, "dB", "assumed: its S-bends as two bends of bend_loss_db"),
    ("tap_coupling", 0.01, "1", f"design value: reads backward light at little loss; {_TAPS} tap 3 %"),
    # heaters
    ("heater_p_pi_mw", 25.0, "mW", f"24.77 mW for a heated silicon waveguide, {_HEATER}"),
    ("heater_resistance_ohm", 600.0, "ohm", "assumed: 40 squares of titanium nitride, 15 ohm each (2.5 x 100 um)"),
    ("shifter_range_rad", 6.9115, "rad", "design value: 2.2 pi, so that every element has one full monotone branch"),
    ("phase_shifter_loss_db", 0.01, "dB", "assumed: metal about 2 um above the core absorbs next to nothing"),
    ("heater_bandwidth_khz", 130.0, "kHz", f"3 dB, of the heated silicon waveguide in {_HEATER}"),
    ("heater_limit_ma", 15.0, "mA", "assumed: 5 MA/cm2 in titanium nitride of 2.5 um x 0.12 um, direct current"),
    # heat from heater to heater (layouts/thermal.py)
    ("silicon_conductivity_w_per_m_k", 148.0, "W/(m K)", f"handbook value at 300 K; measured to 5 % by {_HEAT}"),
    ("silicon_dn_per_k", 1.8e-4, "1/K", f"1.55 um, 300 K, {_THERMO_OPTIC}; assumed: the guided mode's is the same"),
    ("wafer_thickness_um", 725.0, "um", "assumed: a whole 200 mm wafer, its back at one temperature"),
    ("thermal_reach_um", 1000.0, "um", "design value: farther heaters warm both arms of an interferometer alike"),
    (
        "heater_thermal_space_um",
        60.0,
        "um",
        "derived: side by side, a neighbour takes just under 1 % (layouts/thermal.py)",
    ),
    # the die
    ("die_margin_um", 150.0, "um", "assumed: half a dicing street (50 um) and room for alignment marks of 100 um"),
    # diodes, modulators
    ("photodiode_responsivity_a_per_w", 0.8, "A/W", f"assumed: between 0.65 with and 1.0 without coupling, {_DIODE}"),
    ("photodiode_bandwidth_ghz", 50.0, "GHz", f"3 dB electro-optical, {_DIODE}; the read-out electronics are slower"),
    ("photodiode_dark_current_na", 10.0, "nA", f"upper bound at 3 V reverse, {_DIODE}"),
    (
        "photodiode_limit_ma",
        5.0,
        "mA",
        "assumed: half of the 10 mA at which waveguide germanium diodes compress by 1 dB",
    ),
    ("modulator_loss_db", 1.2, "dB", f"derived: 4.9 dB of 950 um arms ({_MODULATOR}) scaled to 200 um, and two MMIs"),
    ("modulator_extinction_db", 25.0, "dB", "assumed: arms and MMIs balanced within 5 %"),
    ("modulator_bandwidth_ghz", 20.0, "GHz", f"assumed: half the bit rate of the 40 Gbit/s link in {_MODULATOR}"),
    ("attenuator_loss_db", 0.2, "dB", "assumed: 100 um of undriven PIN ridge with two tapers"),
    ("attenuator_range_db", 20.0, "dB", f"assumed: a few 1e18 carriers per cm3 over 80 um, {_CARRIERS}"),
    (
        "attenuator_range_ma",
        15.0,
        "mA",
        "assumed: the forward current that brings attenuator_range_db; PIN attenuators of 100s of um take tens of mA",
    ),
    # crossings, mirrors, the edge of the chip
    ("crossing_loss_db", 0.043, "dB", f"43 mdB per crossing, {_CROSSING}"),
    ("crossing_crosstalk_db", -50.0, "dB", f"into a side arm, bound in {_CROSSING}; the model defaults to 0"),
    ("loop_mirror_loss_db", 0.14, "dB", "derived: light passes its 1x2 MMI twice and four 90-degree bends"),
    ("edge_coupler_loss_db", 1.5, "dB", f"TE, to a lensed fibre, {_FACET} (O band; assumed in the C band)"),
    ("grating_coupler_loss_db", 4.1, "dB", f"TE peak, {_GRATING}"),
    ("grating_coupler_bandwidth_nm", 30.6, "nm", f"full width where 1 dB more is lost, {_GRATING}"),
    ("grating_coupler_reflection_db", -16.2, "dB", f"power, {_GRATING}; the model defaults to 0"),
    ("termination_reflection_db", -40.0, "dB", "assumed: doped taper to 200 nm; the model's setting defaults to 0"),
    # the largest die
    ("reticle_short_mm", 26.0, "mm", "assumed: full field of a step-and-scan tool, 26 x 33 mm"),
    ("reticle_long_mm", 33.0, "mm", "assumed: full field of a step-and-scan tool, 26 x 33 mm"),
)

NUMBERS: Mapping[str, Number] = MappingProxyType(
    {name: Number(value, unit, source) for name, value, unit, source in _ROWS}
)
