"""Between numbers and the analogue world: drive converters, and receivers with their noise and gain.

DAC, unsigned (phase shifters): 2^bits codes from 0 to the range's end, both included.
DAC, symmetric (modulators): 2^bits − 1 codes from −1 to 1, so that 0 is a code and dark is dark.
ADC: 2^bits codes. Each photodiode has an amplifier of its own, whose gain is set for each measure call to the smallest
power of two (mA) that holds its largest current: light at the taps of one layer differs by the loss of the whole mesh.
The range starts one sixteenth of that below zero, so that noise about zero is not rectified.
"""

import numpy as np

PEDESTAL = 1 / 16
"""How far the ADC reads below zero, as a share of full scale."""


def dac(value: np.ndarray, bits: int | None, *, full_scale: float, symmetric: bool = False) -> np.ndarray:
    """What reaches the device: the value clipped to 0 … full_scale (± when symmetric), then the nearest code.

    bits=None: clipped only.
    """
    value = np.clip(value, -full_scale if symmetric else 0.0, full_scale)
    if bits is None:
        return value
    codes = 2 ** (bits - 1) - 1 if symmetric else 2**bits - 1
    return np.round(value / full_scale * codes) * (full_scale / codes)


def opening(value: np.ndarray, bits: int | None, extinction_db: float | None) -> np.ndarray:
    """Amplitude that a push-pull modulator passes where −1 … 1 is asked for, relative to its brightest.

    Arms that are not quite equal leave a rest in quadrature, i δ √(1 − v²), with δ² the extinction: dark is not dark.
    None: perfect, and real.
    """
    value = dac(value, bits, full_scale=1.0, symmetric=True)
    if extinction_db is None:
        return value
    return value + 1j * stray(extinction_db) * np.sqrt(1 - value**2)


def stray(extinction_db: float | None) -> float:
    """Amplitude that passes a modulator at its darkest, relative to its brightest."""
    return 0.0 if extinction_db is None else 10 ** (-extinction_db / 20)


def full_scale_ma(current_ma: np.ndarray) -> np.ndarray:
    """(n,) for currents (…, n): the smallest power of two that holds every current of a photodiode; 0 if it is dark."""
    largest = np.max(current_ma, axis=tuple(range(current_ma.ndim - 1)), initial=0.0)
    return np.where(largest > 0, 2.0 ** np.ceil(np.log2(np.where(largest > 0, largest, 1.0))), 0.0)


def read(
    current_ma: np.ndarray,
    *,
    bits: int | None,
    noise: float,
    rng: np.random.Generator,
    noise_ma: np.ndarray | float = 0.0,
    offset: np.ndarray | float = 0.0,
) -> np.ndarray:
    """A frame of photocurrents (…, n) as read: noise, an offset, then the nearest code.

    Args:
        current_ma: What arrives.
        bits: Resolution; None: exact but for noise and offset.
        noise: Standard deviation, as a share of full scale.
        rng: Where noise comes from.
        noise_ma: Noise beside that, in mA: a number or (…, n).
        offset: What is added, as a share of full scale: a number or (n,).

    """
    scale = full_scale_ma(current_ma)
    read_ma = current_ma + offset * scale
    if noise or np.any(noise_ma):
        sigma_ma = noise * scale if not np.any(noise_ma) else np.hypot(noise * scale, noise_ma)
        read_ma = read_ma + sigma_ma * rng.standard_normal(current_ma.shape)
    if bits is None:
        return read_ma
    low, step = -PEDESTAL * scale, (1 + PEDESTAL) * scale / (2**bits - 1)
    code = np.round((read_ma - low) / np.where(scale > 0, step, 1.0))
    return np.clip(code, 0, 2**bits - 1) * step + low
