"""Layers, rules, metals and numbers, as Acme's design manual states them."""

from pdk.contract import Metal, Rule
from pdk.generic.numbers import NUMBERS as SILICON
from pdk.kit.coupling import Evanescent
from pdk.kit.numbers import by_source
from pdk.kit.strip import Strip

MANUAL = "assumed: Acme design manual 1.2, which is made up"
LAYERS = {name: (k, 0) for k, name in enumerate(("core", "doped", "heater", "m1", "via", "m2", "open", "box"), 10)}
LAYERS |= {"pin": (1, 10), "pin_electrical": (1, 11), "outline": (68, 0), "label": (60, 0), "die": (99, 0)}
WIDTH_NM, RADIUS_NM, MMI_NM = 450, 8_000, 42_000

LEAST = {"core": (150, 150), "heater": (2_000, 2_000), "m1": (2_000, 2_000), "via": (600, 600), "m2": (2_000, 2_000)}
RULES = (
    *(Rule(f"{name}_width", "width", LAYERS[name], least, MANUAL) for name, (least, _) in LEAST.items()),
    *(Rule(f"{name}_space", "space", LAYERS[name], least, MANUAL) for name, (_, least) in LEAST.items()),
    *(Rule(f"via_in_{name}", "enclosure", LAYERS["via"], 500, MANUAL, LAYERS[name]) for name in ("m1", "m2")),
    Rule("core_bend", "bend_radius", LAYERS["core"], 4_000, MANUAL, guide_width_nm=WIDTH_NM),
    Rule("core_grid", "grid", LAYERS["core"], 1, MANUAL),
)
METALS = (Metal("m1", 2_000, 2_000, 30.0, 2.0, MANUAL), Metal("m2", 2_000, 2_000, 15.0, 4.0, MANUAL))

GUIDE = {"n_eff": 2.61, "n_g": 4.05, "waveguide_loss_db_per_cm": 1.6, "bend_loss_db": 0.008}
COUPLERS = {"coupler_index_split": 0.021, "coupler_reference_gap_nm": 200, "coupler_decay_per_um": 9.5}
COUPLERS |= {"coupler_dispersion_per_um": 4.0, "coupler_loss_db": 0.02, "tap_coupling": 0.02}
LOSSES = {"splitter_2x2_loss_db": 0.15, "phase_shifter_loss_db": 0.02, "modulator_loss_db": 2.0}
LOSSES |= {"loop_mirror_loss_db": 0.3, "edge_coupler_loss_db": 1.8}
HEATERS = {"heater_p_pi_mw": 18, "heater_resistance_ohm": 900, "heater_limit_ma": 12, "heater_bandwidth_khz": 60}
HEATERS |= {"heater_thermal_space_um": 60, "shifter_range_rad": 6.9115}
DIODES = {"photodiode_responsivity_a_per_w": 0.9, "photodiode_dark_current_na": 20, "photodiode_limit_ma": 3}
OTHERS = {"modulator_bandwidth_ghz": 10, "die_margin_um": 150, "reticle_short_mm": 22, "reticle_long_mm": 22}
OF_SILICON = ("mode_area_um2", "two_photon_cm_per_gw", "carrier_lifetime_ns", "carrier_cross_section_cm2")
OF_SILICON += ("silicon_conductivity_w_per_m_k", "silicon_dn_per_k", "wafer_thickness_um", "thermal_reach_um")
NUMBERS = {name: SILICON[name] for name in OF_SILICON}
NUMBERS |= by_source({MANUAL: GUIDE | COUPLERS | LOSSES | HEATERS | DIODES | OTHERS})
STRIP = Strip(LAYERS["core"], WIDTH_NM, RADIUS_NM, Evanescent(NUMBERS, WIDTH_NM / 1000, 4.0, 10.0))
