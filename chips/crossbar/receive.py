"""From photocurrents to numbers: amplifiers, noise and converters of R chips, each with a noise stream of its own.

    reading = ADC[ gain · I + n + offset · full scale ]

Each channel's amplifier is set for each measure call to the smallest power of two (mA) that holds its largest current,
as in `chips.converters`. Rows are balanced pairs and swing both ways: 2^bits − 1 codes from −full scale to full scale.
Other photodiodes have the 2^bits codes of `converters.read`, which start one sixteenth below zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chips.converters import PEDESTAL

ELEMENTARY_CHARGE_C = 1.602176634e-19
"""Exact since the SI of 2019."""


class NoiseStreams:
    """One stream for each of R chips: what a chip draws depends on its own seed and its own calls alone."""

    def __init__(self, seeds: Sequence[int], key: int) -> None:
        sequences = (np.random.SeedSequence(seed, spawn_key=(key,)) for seed in seeds)
        self._streams = [np.random.Generator(np.random.PCG64(sequence)) for sequence in sequences]

    def normal(self, shape: tuple[int, ...]) -> np.ndarray:
        """(R, *shape) standard normal numbers, float32."""
        out = np.empty((len(self._streams), int(np.prod(shape))), np.float32)
        for stream, row in zip(self._streams, out, strict=True):
            stream.standard_normal(out=row, dtype=np.float32)
        return out.reshape(-1, *shape)

    @property
    def state(self) -> list[dict[str, Any]]:
        """As JSON holds it."""
        return [dict(stream.bit_generator.state) for stream in self._streams]

    @state.setter
    def state(self, states: list[dict[str, Any]]) -> None:
        if len(states) != len(self._streams):
            raise ValueError(f"noise: found the states of {len(states)} chips, expected {len(self._streams)}")
        for stream, state in zip(self._streams, states, strict=True):
            stream.bit_generator.state = state


@dataclass(frozen=True)
class Receivers:
    """How the photodiodes of R chips are read."""

    bits: int | None
    noise: float
    """Of a converter, as a share of full scale."""
    bandwidth_hz: float
    shot_noise: float
    """1 is physics, 0 is off."""
    thermal_ma: float
    """Standard deviation of the amplifiers' own noise in the bandwidth."""

    def current_noise_ma(self, absorbed_ma: np.ndarray | None) -> np.ndarray | float:
        """Standard deviation of a photocurrent: √(2qIB + i_n²B), I the sum of what all photodiodes on the wire absorb.
        None counts as no light."""
        variance = self.thermal_ma**2
        if absorbed_ma is None or not self.shot_noise:
            return float(np.sqrt(variance))
        shot_ma2 = 2 * ELEMENTARY_CHARGE_C * self.shot_noise * self.bandwidth_hz * 1e3 * absorbed_ma
        return np.sqrt(shot_ma2 + variance)

    def read(
        self,
        current_ma: np.ndarray,
        sigma_ma: np.ndarray | float,
        gain: np.ndarray,
        offset: np.ndarray,
        streams: NoiseStreams,
        *,
        signed: bool,
    ) -> np.ndarray:
        """Currents (R, K, B, n) as read. `sigma_ma`: their own noise, where it is not in them yet. `gain`, `offset`:
        (R, n)."""
        found = current_ma * gain[:, None, None, :]
        scale = full_scale_ma(found)
        if self.noise and not np.any(sigma_ma):
            found += streams.normal(found.shape[1:]) * (self.noise * scale)
        elif self.noise or np.any(sigma_ma):
            found += streams.normal(found.shape[1:]) * np.hypot(self.noise * scale, sigma_ma)
        if np.any(offset):
            found += offset[:, None, None, :] * scale
        if self.bits is None:
            return found
        codes = 2**self.bits - 1
        low, step = (-scale, 2 * scale / (codes - 1)) if signed else (-PEDESTAL * scale, (1 + PEDESTAL) * scale / codes)
        top = codes - 1 if signed else codes
        found -= low
        found *= np.divide(1.0, step, out=np.ones_like(step), where=step > 0)
        np.rint(found, out=found)
        np.clip(found, 0, top, out=found)
        found *= step
        found += low
        return found


def full_scale_ma(current_ma: np.ndarray) -> np.ndarray:
    """(R, 1, 1, n) for currents (R, K, B, n): the smallest power of two that holds all of a channel; 0 if dark."""
    largest = np.maximum(current_ma.max(axis=(1, 2), keepdims=True), -current_ma.min(axis=(1, 2), keepdims=True))
    mantissa, exponent = np.frexp(largest)
    return np.where(largest > 0, np.ldexp(1.0, exponent - (mantissa == 0.5)), 0.0)
