"""The physical numbers: those that the rooms read are there, each has a unit and a source, and phases are in reach."""

from collections.abc import Iterator, Mapping
from math import inf, isfinite, pi, sqrt
from types import MappingProxyType

from pdk.contract import Pdk, Role
from pdk.finding import Finding
from pdk.kit.numbers import unit_of

EVERY = ("waveguide_loss_db_per_cm", "bend_loss_db", "n_g", "die_margin_um", "reticle_short_mm", "reticle_long_mm")
"""Read of every process: the waveguide, and the largest die that can be bought with the margin inside its frame."""

INTENSE = ("mode_area_um2", "two_photon_cm_per_gw", "carrier_lifetime_ns", "carrier_cross_section_cm2")
"""Light that is too strong for a waveguide (compiler/budget_limits.py); 0 where there is no such absorption."""

BY_ROLE: Mapping[Role, tuple[str, ...]] = MappingProxyType(
    {
        Role.PHASE_SHIFTER: ("shifter_range_rad",),
        Role.PHOTODIODE: ("photodiode_responsivity_a_per_w", "photodiode_dark_current_na"),
        Role.MODULATOR: ("modulator_bandwidth_ghz",),
        Role.ATTENUATOR: ("attenuator_range_db", "attenuator_range_ma"),
    }
)
"""Read where a cell plays the role, stand-ins too: a camera has a responsivity and a dark current as well."""

ON_CHIP = ("photodiode_limit_ma",)
"""Read where photodiodes are on the chip."""

BY_DRIVE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "thermo-optic": (
            "heater_p_pi_mw",
            "heater_resistance_ohm",
            "heater_limit_ma",
            "heater_bandwidth_khz",
            "heater_thermal_space_um",
            "thermal_reach_um",
            "wafer_thickness_um",
            "silicon_conductivity_w_per_m_k",
            "silicon_dn_per_k",
        ),
        "electro-optic": ("shifter_v_pi_v",),
    }
)
"""Read by what phase shifters are driven with (`Pdk.drive`)."""


def required(pdk: Pdk) -> tuple[str, ...]:
    """Names of the numbers that the rooms read of a process, in the order of the lists above."""
    by_role = [name for role, names in BY_ROLE.items() if role in pdk.roles for name in names]
    kind = "electro-optic" if "shifter_v_pi_v" in pdk.numbers else "thermo-optic"
    driven = BY_DRIVE[kind] if Role.PHASE_SHIFTER in pdk.roles else ()
    lit = () if pdk.camera else ON_CHIP
    return (*EVERY, *INTENSE, *by_role, *driven, *lit)


def numbers(pdk: Pdk) -> Iterator[Finding]:
    """Numbers that are not there, not finite, without unit or source, or whose name says another unit; shifters that
    cannot do what a program asks of them."""
    for name in required(pdk):
        if name not in pdk.numbers:
            yield Finding(f"{pdk.name} {name}", "number", "none", "a number with unit and source", "state it")
    for name, number in pdk.numbers.items():
        place = f"{pdk.name} {name}"
        if not isfinite(number.value):
            yield Finding(place, "number", str(number.value), "a finite number", "correct it")
        if not number.source.strip():
            yield Finding(place, "source", "none", "where the number is from, or `assumed: why`", "state it")
        unit = unit_of(name)
        if number.unit != unit:
            mend = "let the name end in its unit (pdk.kit.numbers.UNITS)"
            yield Finding(place, "unit", number.unit or "none", unit, mend)
    if Role.PHASE_SHIFTER in pdk.roles and set(required(pdk)) <= set(pdk.numbers):
        yield from _reach(pdk)


def _reach(pdk: Pdk) -> Iterator[Finding]:
    """Programs ask for any phase of a whole turn, and heaters have to bear what that takes."""
    drive = pdk.drive
    if not drive.per_pi > 0:
        found = f"{drive.per_pi:g} {drive.unit} for pi"
        yield Finding(f"{pdk.name} phase shifter", "drive", found, "above 0", "correct it")
    elif drive.range_rad < 2 * pi:
        found, limit = f"{drive.range_rad:g} rad", "a whole turn, 6.283 rad"
        yield Finding(f"{pdk.name} shifter_range_rad", "drive", found, limit, "drive it further")
    elif drive.kind == "thermo-optic":
        ohm, most_ma = pdk.value("heater_resistance_ohm"), pdk.value("heater_limit_ma")
        ma = sqrt(drive.limit / 1e3 / ohm) * 1e3 if ohm > 0 else inf
        if ma > most_ma:
            found, mend = f"{ma:.3g} mA at full range", "a heater of more resistance, or a smaller range"
            yield Finding(f"{pdk.name} heater_limit_ma", "drive", found, f"{most_ma:g} mA", mend)
