"""From photocurrents to numbers: amplifiers, noise and converters of R chips, each with a noise stream of its own.

    reading = ADC[ gain · (I + n) + offset · full scale ],     n² = shot + thermal + (converter's noise · full scale)²

Each channel's amplifier is set for each measure call to the smallest power of two (mA) that holds its largest current,
as in `chips.converters`. Rows are balanced pairs and swing both ways: 2^bits − 1 codes from −full scale to full scale.
Other photodiodes have the 2^bits codes of `converters.read`, which start one sixteenth below zero.

Arrays are (R, K, n, B), samples last, so that what is done to all of them runs along memory.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chips import noise
from chips.converters import PEDESTAL
from chips.variation import Imperfections

BLOCK = 8192
"""Numbers that a stream draws at once."""


class NoiseStreams:
    """One stream for each of R chips: what a chip draws depends on its own seed and its own calls alone.

    All of them draw the same count, so that blocks drawn ahead are used up together.
    """

    def __init__(self, seeds: Sequence[int]) -> None:
        key = zlib.crc32(b"shot noise")
        sequences = (np.random.SeedSequence(seed, spawn_key=(key,)) for seed in seeds)
        self._streams = [np.random.Generator(np.random.PCG64(sequence)) for sequence in sequences]
        self._drawn = np.empty((len(self._streams), 0), np.float32)
        self._before: list[Mapping[str, Any]] = [stream.bit_generator.state for stream in self._streams]
        """Where the streams stood before the present block."""
        self._used = 0

    def normal(self, shape: tuple[int, ...]) -> np.ndarray:
        """(R, *shape) standard normal numbers, float32; not to be written to."""
        count = int(np.prod(shape))
        if self._used + count > self._drawn.shape[1]:
            self._before = [stream.bit_generator.state for stream in self._streams]
            self._draw(max(count, BLOCK))
        part = self._drawn[:, self._used : self._used + count]
        self._used += count
        return part.reshape(-1, *shape)

    @property
    def state(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {"streams": self._before, "block": self._drawn.shape[1], "used": self._used}

    @state.setter
    def state(self, state: Mapping[str, Any]) -> None:
        if len(state["streams"]) != len(self._streams):
            found = len(state["streams"])
            raise ValueError(f"noise: found the streams of {found} chips, expected those of {len(self._streams)}")
        for stream, before in zip(self._streams, state["streams"], strict=True):
            stream.bit_generator.state = before
        self._before = list(state["streams"])
        self._draw(state["block"])
        self._used = state["used"]

    def _draw(self, count: int) -> None:
        if self._drawn.shape[1] != count:
            self._drawn = np.empty((len(self._streams), count), np.float32)
        for stream, row in zip(self._streams, self._drawn, strict=True):
            stream.standard_normal(out=row, dtype=np.float32)
        self._used = 0


@dataclass(frozen=True, eq=False)
class Receivers:
    """How the photodiodes of R chips are read."""

    streams: NoiseStreams
    bits: int | None
    noise: float
    """Of a converter, as a share of full scale."""
    thermal_ma2: float
    """Variance of what amplifiers add to a current."""
    shot_ma2_per_ma: float
    """Variance of a current per current."""

    @staticmethod
    def of(imperfections: Imperfections, seeds: Sequence[int]) -> "Receivers":
        """Those that imperfections describe. The variance of a current is a straight line; two points tell it."""
        at_none, at_one = (float(noise.current_noise_ma(np.array(i), imperfections)) ** 2 for i in (0.0, 1.0))
        return Receivers(
            streams=NoiseStreams(seeds),
            bits=imperfections.adc_bits,
            noise=imperfections.receiver_noise,
            thermal_ma2=at_none,
            shot_ma2_per_ma=at_one - at_none,
        )

    @property
    def are_noisy(self) -> bool:
        """Whether currents have noise before they are converted."""
        return self.thermal_ma2 > 0 or self.shot_ma2_per_ma > 0

    def detected(self, current_ma: np.ndarray, absorbed_ma: np.ndarray) -> np.ndarray:
        """Currents (R, K, n, B) with their own noise, as neurons get them. `absorbed_ma`: what all photodiodes on a
        wire absorb together, whatever their sign."""
        found = self.streams.normal(current_ma.shape[1:]) * self._deviation_ma(self.thermal_ma2, absorbed_ma)
        found += current_ma
        return found

    def read(
        self, current_ma: np.ndarray, gain: np.ndarray, offset: np.ndarray, *, dark_ma: float, signed: bool
    ) -> np.ndarray:
        """Currents (R, K, n, B) as converters give them; amplifiers' gains and offsets are (R, n).

        Signed ones have their own noise in them; that of the others is added, and of the dark current.
        """
        gain = gain[:, None, :, None]
        scale = gain * _largest(current_ma, signed=signed)
        scale = _power_of_two(scale)
        still_ma2 = (self.noise * scale / gain) ** 2 + (0.0 if signed else self.thermal_ma2)
        absorbed_ma = None if signed or not self.shot_ma2_per_ma else current_ma + dark_ma
        if self.noise or (self.are_noisy and not signed):  # not by the currents: a dark chip draws as its neighbours do
            deviation_ma = self._deviation_ma(still_ma2, absorbed_ma)
            found = self.streams.normal(current_ma.shape[1:]) * deviation_ma
            found += current_ma
        else:
            found = current_ma.copy()
        shift = offset[:, None, :, None] * scale
        if self.bits is None:
            found *= gain
            found += shift
            return found
        codes = 2**self.bits - 1
        low, step = (-scale, 2 * scale / (codes - 1)) if signed else (-PEDESTAL * scale, (1 + PEDESTAL) * scale / codes)
        per_step = np.divide(1.0, step, out=np.zeros_like(step), where=step > 0)
        found *= gain * per_step
        found += (shift - low) * per_step
        np.rint(found, out=found)
        np.clip(found, 0, codes - 1 if signed else codes, out=found)
        found *= step
        found += low
        return found

    def _deviation_ma(self, still_ma2: np.ndarray | float, absorbed_ma: np.ndarray | None) -> np.ndarray:
        if absorbed_ma is None or not self.shot_ma2_per_ma:
            return np.sqrt(np.asarray(still_ma2))
        found = self.shot_ma2_per_ma * absorbed_ma
        found += still_ma2
        return np.sqrt(found, out=found)


def _largest(current_ma: np.ndarray, *, signed: bool) -> np.ndarray:
    """(R, 1, n, 1) modulus of the largest current of each channel."""
    largest = current_ma.max(axis=(1, 3), keepdims=True)
    return np.maximum(largest, -current_ma.min(axis=(1, 3), keepdims=True)) if signed else largest


def _power_of_two(largest: np.ndarray) -> np.ndarray:
    """The smallest power of two that holds it; 0 if dark."""
    mantissa, exponent = np.frexp(largest)
    return np.where(largest > 0, np.ldexp(1.0, exponent - (mantissa == 0.5)), 0.0)
