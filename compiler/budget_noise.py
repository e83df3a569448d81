"""Photocurrent to signal-to-noise ratio: shot noise, the amplifier's noise, the laser's noise.

    σ² = 2q (I + I_beside + I_dark) B  +  i_n² B  +  10^(RIN/10) I² B          SNR = I² / σ²

Agrawal, Fiber-Optic Communication Systems, 4th ed. (2010), section 4.4, doi:10.1002/9780470918524.

A camera counts electrons instead: spots that are read together are exposed for as long as the brightest of them takes
to fill its well, a frame at the most.

    N = I t / q        σ² = N + N_dark + N_read²  +  10^(RIN/10) N² / 2t        SNR = N² / σ²
"""

from dataclasses import dataclass
from math import log10

from compiler.budget_numbers import stated, value
from compiler.budget_parts import Way
from pdk.contract import Pdk

ELECTRON_C = 1.602176634e-19
SINE_DB = 1.76
DB_PER_BIT = 6.02
"""A converter of b bits has 6.02 b + 1.76 dB (a full-scale sine against its own rounding; Bennett 1948)."""


@dataclass(frozen=True)
class Reading:
    """What a receiver makes of the light at its photodiode, in one shot, at full light."""

    power_dbm: float
    current_ma: float
    snr_db: float
    """Electrical: of the squares of currents."""
    bits: float
    """Resolution of a converter with that much noise, not below 0."""


def readings(ways: tuple[Way, ...], laser_mw: float, pdk: Pdk) -> tuple[Reading, ...]:
    """What arrives over every way; by a camera, those of a block that do the same are read together."""
    if not pdk.camera:
        return tuple(read(way, laser_mw, pdk) for way in ways)
    brightest: dict[tuple[str, str], float] = {}
    for way in ways:
        key = way.block, way.name
        brightest[key] = max(brightest.get(key, 0.0), way.share * way.transmission)
    return tuple(_seen(way, brightest[way.block, way.name], laser_mw, pdk) for way in ways)


def _seen(way: Way, brightest: float, laser_mw: float, pdk: Pdk) -> Reading:
    """What a camera makes of a spot, `brightest` being the largest transmission among those beside it."""
    ma_per_share = laser_mw * pdk.value("photodiode_responsivity_a_per_w")
    power_mw = laser_mw * way.share * way.transmission
    electrons_per_ms = 1e-6 / ELECTRON_C  # of 1 mA
    exposure_ms = min(
        1e3 / stated("camera_frame_hz", pdk),
        value("camera_well_electrons") / (electrons_per_ms * ma_per_share * brightest),
    )
    electrons = electrons_per_ms * exposure_ms * ma_per_share * way.share * way.transmission
    dark = electrons_per_ms * exposure_ms * pdk.value("photodiode_dark_current_na") * 1e-6
    laser = 10 ** (value("laser_noise_db_per_hz") / 10) * electrons**2 / (2e-3 * exposure_ms)
    snr = 10 * log10(electrons**2 / (electrons + dark + value("camera_read_electrons") ** 2 + laser))
    return _reading(power_mw, ma_per_share * way.share * way.transmission, snr)


def _reading(power_mw: float, current_ma: float, snr: float) -> Reading:
    return Reading(10 * log10(power_mw), current_ma, snr, max(0.0, (snr - SINE_DB) / DB_PER_BIT))


def read(way: Way, laser_mw: float, pdk: Pdk) -> Reading:
    """What arrives over a way from a laser of a given power, at a photodiode."""
    power_mw = laser_mw * way.share * way.transmission
    responsivity = pdk.value("photodiode_responsivity_a_per_w")
    snr = snr_db(
        responsivity * power_mw,
        way.bandwidth_ghz,
        beside_ma=responsivity * laser_mw * way.share * way.beside,
        dark_ma=pdk.value("photodiode_dark_current_na") * 1e-6,
        noise_pa_per_rthz=value("receiver_noise_pa_per_rthz"),
        rin_db_per_hz=value("laser_noise_db_per_hz"),
    )
    return _reading(power_mw, responsivity * power_mw, snr)


def snr_db(
    current_ma: float,
    bandwidth_ghz: float,
    *,
    beside_ma: float = 0.0,
    dark_ma: float = 0.0,
    noise_pa_per_rthz: float = 0.0,
    rin_db_per_hz: float | None = None,
) -> float:
    """Signal-to-noise ratio of a photocurrent; ValueError where nothing makes noise or there is no current."""
    current, bandwidth = current_ma * 1e-3, bandwidth_ghz * 1e9
    if current <= 0 or bandwidth <= 0:
        raise ValueError(f"found {current_ma} mA in {bandwidth_ghz} GHz, expected both positive")
    shot = 2 * ELECTRON_C * (current + (beside_ma + dark_ma) * 1e-3)
    thermal = (noise_pa_per_rthz * 1e-12) ** 2
    laser = 0.0 if rin_db_per_hz is None else 10 ** (rin_db_per_hz / 10) * current**2
    return 10 * log10(current**2 / ((shot + thermal + laser) * bandwidth))
