"""Physical numbers of lnoi400 at 1.55 um, each with its unit and its source.

The package's wheel leaves out the data of its models (`data/`); it is public in the package's repository, from which
the numbers of its MMIs and its taper come. "assumed" marks what is only our choice.

That data has what crosses a 2x2 MMI a quarter of a wave behind, our models, as everywhere, ahead: the same interferometer
with pi more in one input and in one output, which is among the phases that calibration finds.
"""

from collections.abc import Mapping
from types import MappingProxyType

from pdk.contract import Number
from pdk.luxtelligence import electrodes

_PACKAGE = "lnoi400 2.1.1"
_DATA = "github.com/Luxtelligence/lxt_pdk_gf, lnoi400/data"
_MODES = "computed: semi-vectorial finite differences, 40 x 20 nm grid, niobate 2.138, oxide 1.444, walls of 13 degrees"
_NOT_ABSORBED = "lithium niobate's gap of 3.9 eV takes five photons of 0.8 eV"

_ROWS: tuple[tuple[str, float, str, str], ...] = (
    # waveguides
    ("n_eff", 1.8, "1", f"{_PACKAGE}, models.straight_rwg1000; our mode solver: 1.794"),
    ("n_g", 2.22, "1", f"{_PACKAGE}, models.straight_rwg1000"),
    ("waveguide_loss_db_per_cm", 0.2, "dB/cm", f"{_PACKAGE}, models.straight_rwg1000"),
    ("bend_loss_db", 0.005, "dB", "assumed: excess of one Euler bend of 60 um, the package's own routing radius"),
    # light that is too strong for it (compiler/budget_limits.py)
    ("two_photon_cm_per_gw", 0.0, "cm/GW", f"assumed: {_NOT_ABSORBED}"),
    ("mode_area_um2", 1.0, "um2", "assumed: about 1.5 um by 0.6 um, the rib's mode"),
    ("carrier_lifetime_ns", 0.0, "ns", "assumed: no carriers are freed"),
    ("carrier_cross_section_cm2", 0.0, "cm2", "assumed: no carriers are freed"),
    # splitters and couplers
    ("splitter_2x2_loss_db", 0.101, "dB", f"0.7003 and 0.6976 of the field, {_DATA}/mmi_2x2_optimized_1550.json"),
    ("splitter_1x2_loss_db", 0.094, "dB", f"0.6995 of the field twice, {_DATA}/mmi_1x2_optimized_1550.json"),
    ("coupler_index_split", 0.00769, "1", f"n_even - n_odd of two ribs of 1 um, 0.8 um apart, {_MODES}"),
    ("coupler_reference_gap_nm", 800.0, "nm", f"{_PACKAGE}, cells.directional_coupler_balanced"),
    ("coupler_decay_per_um", 2.76, "1/um", f"decay of coupler_index_split from 0.8 to 1.2 um, {_MODES}"),
    ("coupler_dispersion_per_um", 2.6, "1/um", f"relative slope of the coupling rate, 1.50-1.60 um, {_MODES}"),
    ("coupler_loss_db", 0.01, "dB", "assumed: its S-bends as two bends of bend_loss_db"),
    ("tap_coupling", 0.03, "1", "design value: as Pai et al. 2023, doi:10.1126/science.ade8450, tap, for a camera too"),
    # electro-optic shifters
    (
        "shifter_v_pi_v",
        electrodes.SHIFTER_V_PI_V,
        "V",
        f"6.6 V cm, {_PACKAGE}, models.eo_phase_shifter, over {electrodes.SHIFTER_ACTIVE_NM / 1e6} mm of electrodes",
    ),
    ("shifter_range_rad", 6.9115, "rad", "design value: 2.2 pi, -1.1 pi to 1.1 pi"),
    (
        "phase_shifter_loss_db",
        0.02,
        "dB",
        "assumed: two tapers to a rib of 2.5 um; metal 1 um above absorbs under 0.2 dB/cm (computed, a planar guide)",
    ),
    ("shifter_capacitance_pf", 1.0, "pF", "assumed: electrodes of 0.07 pF (computed: coplanar strips), wires of 1 cm"),
    # the die
    ("die_margin_um", 200.0, "um", f"{_PACKAGE}, chip_frame: an exclusion zone of 50 um; and marks of 100 um in it"),
    # read-out: a grating, and a camera or fibres above it
    (
        "photodiode_responsivity_a_per_w",
        0.32,
        "A/W",
        "assumed: 1 A/W of InGaAs behind a grating coupler, grating_coupler_loss_db",
    ),
    ("photodiode_dark_current_na", 0.01, "nA", "assumed: the cooled InGaAs pixels under the image of a grating"),
    # modulators
    (
        "modulator_loss_db",
        0.24,
        "dB",
        "derived: light passes two 1x2 MMIs, two S-bends (as two bends), 1.02 mm of waveguide and phase_shifter_loss_db",
    ),
    (
        "modulator_v_pi_v",
        electrodes.MODULATOR_V_PI_V,
        "V",
        f"half of 6.6 V cm, both arms being driven, over {electrodes.MODULATOR_ACTIVE_NM / 1e6} mm of electrodes",
    ),
    ("modulator_extinction_db", 25.0, "dB", "assumed: arms and MMIs balanced within 5 %"),
    ("modulator_bandwidth_ghz", 1.0, "GHz", "assumed: 1 pF behind 50 ohm gives 3 GHz, wires of centimetres less"),
    # mirrors, the edge of the chip
    (
        "loop_mirror_loss_db",
        0.21,
        "dB",
        "derived: beside its waveguide's loss, twice that of its 1x2 MMI, and two S-bends and two bends",
    ),
    (
        "edge_coupler_loss_db",
        1.5,
        "dB",
        f"assumed, to a lensed fibre; the taper alone, with no fibre: 0.16 dB, {_DATA}/edge_coupler_double_linear_taper.json",
    ),
    (
        "grating_coupler_loss_db",
        5.0,
        "dB",
        "assumed: an etched grating without a mirror below; the package states none",
    ),
    ("grating_coupler_bandwidth_nm", 40.0, "nm", "assumed: full width where 1 dB more is lost"),
    ("grating_coupler_reflection_db", -20.0, "dB", "assumed: power; the model defaults to 0"),
    (
        "termination_reflection_db",
        -40.0,
        "dB",
        "assumed: a taper to 250 nm lets go into the slab; the model's setting is 0",
    ),
    # the largest die
    ("reticle_short_mm", 20.2, "mm", f"{_PACKAGE}, _utils.chip_floorplan.chip_frame: the largest chip is 20 by 20 mm"),
    ("reticle_long_mm", 20.2, "mm", f"{_PACKAGE}, _utils.chip_floorplan.chip_frame: the largest chip is 20 by 20 mm"),
)

NUMBERS: Mapping[str, Number] = MappingProxyType(
    {name: Number(value, unit, source) for name, value, unit, source in _ROWS}
)
