"""Limits of a chip: light in a waveguide, current in a heater and in a photodiode, heat per area, signal above noise.

Electrodes draw no current, and a camera's exposure suits its light: neither has a limit of its own.

Light that is too strong for silicon is absorbed in proportion to its own power, two photons at a time, and the carriers
that this frees absorb more (Lin, Painter, Agrawal, Opt. Express 15, 16604 (2007), doi:10.1364/OE.15.016604):

    I = P / A        α_two = β I        N = β I² τ / 2hν        α_free = σ N
"""

from dataclasses import dataclass
from math import inf, log, sqrt

from compiler.budget_noise import Reading
from compiler.budget_numbers import value
from compiler.budget_parts import Parts
from compiler.netlist import Netlist
from compiler.tables import WAVELENGTH_UM, Nominal
from compiler.ways import device_nm
from compiler.wiring import Hops
from pdk.contract import Pdk
from pdk.finding import Finding

PLANCK_J_S, SPEED_OF_LIGHT_M_S = 6.62607015e-34, 299_792_458.0
DB_PER_NEPER = 10 / log(10)


@dataclass(frozen=True)
class Limit:
    """One thing that must stay below (or above) a value."""

    rule: str
    place: str
    measured: float
    limit: float
    unit: str
    at_least: bool
    """Whether the limit is the least that is allowed, not the most."""
    mend: str

    @property
    def ok(self) -> bool:
        """Whether it holds."""
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit

    @property
    def finding(self) -> Finding:
        """What to tell where it does not hold."""
        bound = "at least" if self.at_least else "at most"
        return Finding(
            self.place,
            self.rule,
            f"{self.measured:.3g} {self.unit}",
            f"{bound} {self.limit:.3g} {self.unit}",
            self.mend,
        )


def limits(
    parts: Parts, readings: tuple[Reading, ...], pdk: Pdk, laser_mw: float, die_mm2: float | None
) -> tuple[Limit, ...]:
    """Every limit of a chip, whether it holds or not; that of the heat only where the area of the die is known.
    `readings`: of the parts' ways."""
    found = [*_waveguide(parts, pdk, laser_mw), *_heater(parts, pdk), *_photodiodes(parts, readings, pdk)]
    if die_mm2 is not None:
        found.append(_heat(parts, laser_mw, die_mm2))
    return tuple(found)


def nonlinear_per_cm(power_mw: float, pdk: Pdk) -> float:
    """Absorption that the light itself brings about, in 1/cm, for a steady power in a waveguide."""
    two, free = _absorption(pdk)
    return two * power_mw + free * power_mw**2


def onset_mw(pdk: Pdk) -> float:
    """Power at which that absorption is as large as the waveguide's own loss: the loss table no longer holds there.
    Infinite where light brings none about."""
    two, free = _absorption(pdk)
    own = pdk.value("waveguide_loss_db_per_cm") / DB_PER_NEPER
    if free == 0:
        return own / two if two else inf
    return (sqrt(two**2 + 4 * free * own) - two) / (2 * free)


def nonlinear_db(hops: Hops, laser_mw: float, netlist: Netlist, pdk: Pdk) -> float:
    """Loss on a way beside what the tables say of it, the light at each device as strong as they say."""
    nominal, power_mw, total = Nominal(netlist, pdk), laser_mw, 0.0
    for hop in hops:
        power_mw *= nominal.power((hop,))
        total += nonlinear_per_cm(power_mw, pdk) * device_nm(hop.path, netlist, pdk) * 1e-7
    return total * DB_PER_NEPER


def heat_mw(parts: Parts, laser_mw: float) -> float:
    """What the chip itself turns into heat in training, all light included, on the average."""
    light = laser_mw * sum(entry.share * entry.transmission for entry in parts.entries)
    return light + sum(load.total_mw for load in parts.loads if load.on_chip)


def _absorption(pdk: Pdk) -> tuple[float, float]:
    """Two-photon absorption per mW, in 1/(cm mW), and that of its carriers per mW², in 1/(cm mW²)."""
    w_per_cm2 = 1e-3 / (pdk.value("mode_area_um2") * 1e-8)
    beta = pdk.value("two_photon_cm_per_gw") * 1e-9
    photon_j = PLANCK_J_S * SPEED_OF_LIGHT_M_S / (WAVELENGTH_UM * 1e-6)
    carriers = beta * w_per_cm2**2 * pdk.value("carrier_lifetime_ns") * 1e-9 / (2 * photon_j)
    return beta * w_per_cm2, pdk.value("carrier_cross_section_cm2") * carriers


def _waveguide(parts: Parts, pdk: Pdk, laser_mw: float) -> list[Limit]:
    worst = max(parts.entries, key=lambda entry: entry.share * entry.transmission)
    most = onset_mw(pdk)
    if most == inf:
        return []
    mend = f"at most {most / worst.transmission:.0f} mW at a laser port, or divide the light before the chip"
    return [Limit("waveguide_power", worst.port, laser_mw * worst.transmission, most, "mW", False, mend)]


def _heater(parts: Parts, pdk: Pdk) -> list[Limit]:
    if not parts.heaters:
        return []
    current_ma = sqrt(pdk.drive.limit * 1e-3 / pdk.value("heater_resistance_ohm")) * 1e3
    mend = "a heater of more resistance, or a smaller range"
    return [Limit("heater_current", "every heater", current_ma, pdk.value("heater_limit_ma"), "mA", False, mend)]


def _photodiodes(parts: Parts, readings: tuple[Reading, ...], pdk: Pdk) -> list[Limit]:
    pairs = list(zip(parts.ways, readings, strict=True))
    bright, most = max(pairs, key=lambda pair: pair[1].current_ma)
    dim, least = min(pairs, key=lambda pair: pair[1].snr_db)
    mend = "more light, a stronger tap, or a narrower bandwidth"
    signal = Limit("signal_to_noise", dim.photodiode, least.snr_db, value("signal_db"), "dB", True, mend)
    if pdk.camera:
        return [signal]
    saturation = pdk.value("photodiode_limit_ma")
    where, found = bright.photodiode, most.current_ma
    return [Limit("photodiode_current", where, found, saturation, "mA", False, "less laser power"), signal]


def _heat(parts: Parts, laser_mw: float, die_mm2: float) -> Limit:
    per_area = heat_mw(parts, laser_mw) * 1e-3 / (die_mm2 * 1e-2)
    mend = "a larger die, heaters with trenches around them (less power for π), or water under the die"
    return Limit("heat_per_area", "die", per_area, value("heat_w_per_cm2"), "W/cm2", False, mend)
