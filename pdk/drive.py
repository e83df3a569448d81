"""How phase shifters are driven."""

from dataclasses import dataclass
from math import pi
from typing import Any, Literal


@dataclass(frozen=True)
class Drive:
    """What a phase shifter is set by: the power of a heater, or the voltage between two electrodes.

    A setting runs from 0 to `limit`; phase = pi (setting - zero) / per_pi. Of a heater, the setting is its power. Of an
    electro-optic shifter, whose field may point either way, setting - zero is its voltage; the electrodes get half of
    it each, with opposite signs (push-pull).
    """

    kind: Literal["thermo-optic", "electro-optic"]
    unit: Literal["mW", "V"]
    per_pi: float
    """Nominal setting for a phase of pi."""
    range_rad: float
    """Phase over the whole range."""

    @property
    def limit(self) -> float:
        """The largest setting."""
        return self.range_rad / pi * self.per_pi

    @property
    def zero(self) -> float:
        """The setting of no phase: of a voltage, the middle of the range."""
        return self.limit / 2 if self.kind == "electro-optic" else 0.0

    @property
    def least_rad(self) -> float:
        """Phase at the least setting."""
        return -self.range_rad / 2 if self.kind == "electro-optic" else 0.0

    @property
    def most_rad(self) -> float:
        """Phase at the largest setting."""
        return self.least_rad + self.range_rad

    def setting(self, phase_rad: Any) -> Any:
        """The setting of a phase, or of an array of them."""
        return self.zero + phase_rad / pi * self.per_pi

    def phase_rad(self, setting: Any) -> Any:
        """The phase of a setting, or of an array of them."""
        return (setting - self.zero) / self.per_pi * pi

    def wrapped(self, phase_rad: Any) -> Any:
        """The same phase, or array of phases, by whole turns: from 0, or of a voltage from -pi, a turn on."""
        start = -pi if self.kind == "electro-optic" else 0.0
        return (phase_rad - start) % (2 * pi) + start
