"""Physical numbers of the generic process at 1.55 um, each with its unit and its source.

gdsfactory's generic PDK draws cells and does not state what they do; the values are those of published 220 nm silicon
platforms, and "assumed" says which are only our choice.
"""

from collections.abc import Mapping
from types import MappingProxyType

from pdk.contract import Number

_BOOK = "Chrostowski, Hochberg, Silicon Photonics Design (2015), doi:10.1017/CBO9781316084168"
_RINGS = "Bogaerts et al. 2012, doi:10.1002/lpor.201100017"
_CHECK = "assumed: "

NUMBERS: Mapping[str, Number] = MappingProxyType(
    {
        # waveguides
        "n_eff": Number(2.4468, "1", f"TE0 of a 500 x 220 nm strip in oxide at 1.55 um, compact model in {_BOOK}"),
        "n_g": Number(4.2036, "1", f"n_eff - wavelength dn_eff/dwavelength, slope -1.1334 per um, {_BOOK}"),
        "waveguide_loss_db_per_cm": Number(2.0, "dB/cm", f"2-3 dB/cm for 193 nm lithography, {_RINGS}; best of it taken"),
        "bend_90_loss_db": Number(0.005, "dB", "bends above 5 um add < 0.005 dB per turn, Vlasov, McNab 2004, doi:10.1364/OPEX.12.001622"),
        # couplers
        "mmi2x2_loss_db": Number(0.1, "dB", "assumed: 0.06 dB was measured on a 1x2 MMI (doi:10.1109/JPHOT.2012.2230320); a 2x2 images twice as far"),
        "mmi1x2_loss_db": Number(0.06, "dB", "Sheng et al. 2012, compact low-loss MMI in CMOS, doi:10.1109/JPHOT.2012.2230320"),
        "coupler_index_split": Number(0.02, "1", "n_even - n_odd of two 500 x 220 nm strips 236 nm apart: gdsfactory's coupler model, dn = 0.02"),
        "coupler_reference_gap_nm": Number(236.0, "nm", "gap at which coupler_index_split holds: gdsfactory.components.coupler"),
        "coupler_decay_per_um": Number(8.0, "1/um", "k0 sqrt(n_eff^2 - n_oxide^2), n_oxide 1.444: how the evanescent field falls off"),
        "coupler_loss_db": Number(0.01, "dB", "assumed: two S-bends each way as two bends of bend_90_loss_db"),
        "tap_coupling": Number(0.01, "1", "design value: 0.5-2 % reads backward light at little loss; Pai et al. 2023 tap about 3 %, doi:10.1126/science.ade8450"),
        # active
        "heater_p_pi_mw": Number(25.0, "mW", "24.77 mW for a heated silicon waveguide, Harris et al. 2014, doi:10.1364/OE.22.010487"),
        "heater_resistance_ohm": Number(600.0, "ohm", "assumed: 40 squares of 2.5 um x 100 um titanium nitride at 15 ohm"),
        "heater_range_rad": Number(6.9115, "rad", "design value: 2.2 pi, so that every element has one full branch"),
        "heater_loss_db": Number(0.01, "dB", "assumed: metal 2 um above the core absorbs next to nothing"),
        "photodiode_responsivity_a_per_w": Number(0.8, "A/W", "Vivien et al. 2012, germanium on silicon at 1.55 um, doi:10.1364/OE.20.001096"),
        "photodiode_bandwidth_ghz": Number(40.0, "GHz", "zero-bias 40 Gbit/s diode, Vivien et al. 2012, doi:10.1364/OE.20.001096; electronics are slower"),
        "photodiode_dark_current_na": Number(50.0, "nA", "assumed: tens of nA at 1 V reverse, usual in foundry offers"),
        "modulator_loss_db": Number(2.0, "dB", "assumed: 200 um of depletion phase shifter at about 1 dB/mm doped loss, two 1x2 MMIs, bends, 1.5 dB margin"),
        "modulator_extinction_db": Number(25.0, "dB", "assumed: 1x2 MMIs within 5 % of 50:50"),
        "modulator_bandwidth_ghz": Number(20.0, "GHz", "25 Gb/s depletion modulators, Baehr-Jones et al. 2012, arXiv:1203.0767"),
        "attenuator_loss_db": Number(0.2, "dB", "assumed: 100 um of undriven PIN ridge with two tapers"),
        "attenuator_range_db": Number(20.0, "dB", "assumed: free-carrier absorption of 100 um, Soref, Bennett 1987, doi:10.1109/JQE.1987.1073206"),
    }
)
