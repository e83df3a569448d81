"""What a program makes of a crossbar's weights: drives through converters, heat and fringes, to photocurrents.

mzi   θ = π · (setting − zero) / its π + neighbours' heat at both arms     photodiode = mean + Re(wave · e^{iθ})
pin   dB = range · |mA| / full current, on the minus side for mA > 0     photodiode = mean · 10^(−dB/10)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import pi
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from chips import converters
from chips.crossbar.draw import CrossbarDraw
from chips.crossbar.fringes import CrossbarFringes, Fringe
from compiler.crossbar_tables import CrossbarTables
from compiler.heat import ThermalTable


@dataclass(frozen=True, eq=False)
class Matrices:
    """One bank of R chips under K programs: photocurrent per power in a column, mA/mW."""

    signed: np.ndarray
    """(R, K, rows, columns) plus less minus."""
    absorbed: np.ndarray
    """(R, K, rows, columns) plus and minus together: what makes shot noise."""


@dataclass(frozen=True, eq=False)
class Weights:
    """Everything between drives and photocurrents of R chips."""

    tables: CrossbarTables
    fringes: CrossbarFringes
    drawn: CrossbarDraw
    dac_bits: int | None
    heat: csr_array | None
    """(H, H), sparse: phase of heater i's interferometer per own phase of heater j; on the diagonal what a heater adds
    at its own twin. None: no heat."""

    def own(self, bank: int, drives: np.ndarray) -> np.ndarray:
        """What a bank's drives (R, K, rows, columns) bring about by themselves, through the converters: phases (…, 1)
        in rad, or attenuations (…, 2) of the plus and of the minus side in dB."""
        spread = self.drawn.banks[bank].drive[:, None]
        if self.tables.kind == "mzi":
            drive = self.tables.drive
            reached = converters.dac(drives, self.dac_bits, full_scale=drive.limit) - drive.zero
            return (pi / drive.per_pi) * reached[..., None] / spread
        limit_ma = self.tables.attenuator_range_ma
        reached_ma = converters.dac(drives, self.dac_bits, full_scale=limit_ma, symmetric=True)
        sides_ma = np.maximum(np.stack([-reached_ma, reached_ma], axis=-1), 0.0)
        return (self.tables.attenuator_range_db / limit_ma) * sides_ma / spread

    def slope(self, bank: int, own: np.ndarray) -> np.ndarray:
        """d own / d drive, in the shape of `own`: per setting, or per mA on that side of zero where the drive is;
        at zero, where one side ends and the other begins, the mean of both."""
        spread = self.drawn.banks[bank].drive[:, None]
        if self.tables.kind == "mzi":
            return np.broadcast_to(pi / self.tables.drive.per_pi / spread, own.shape)
        per_ma = self.tables.attenuator_range_db / self.tables.attenuator_range_ma
        share = np.where(np.any(own > 0, axis=-1, keepdims=True), own > 0, 0.5)
        return share * (per_ma * np.array([-1.0, 1.0]) / spread)

    def matrices(self, own: Mapping[str, Any], xp: Any = np) -> dict[str, Matrices]:
        """Every bank, for what `own` says of each (R, K or 1, …); with xp=jax.numpy it traces and differentiates."""
        if self.tables.kind == "mzi" and self.heat is not None:
            own = self._warmed(own, self.heat, xp)
        return {table.name: self._bank(k, own[table.name], xp) for k, table in enumerate(self.tables.banks)}

    def _warmed(self, own: Mapping[str, Any], heat: csr_array, xp: Any) -> dict[str, Any]:
        """The same with the heat of all banks: they lie on one piece of silicon."""
        programs = max(values.shape[1] for values in own.values())
        flat = [own[table.name].reshape(*own[table.name].shape[:2], -1) for table in self.tables.banks]
        together = xp.concatenate([xp.broadcast_to(f, (len(f), programs, f.shape[-1])) for f in flat], axis=-1)
        if xp is np:
            together += (heat @ together.reshape(-1, together.shape[-1]).T).T.reshape(together.shape)
        else:
            together = together + together @ heat.toarray().T
        found, start = {}, 0
        for table in self.tables.banks:
            part = together[..., start : (start := start + table.weight.size)]
            found[table.name] = part.reshape(*part.shape[:2], table.rows, table.columns, 1)
        return found

    def _bank(self, index: int, own: Any, xp: Any) -> Matrices:
        fringes, drawn = self.fringes.banks[index], self.drawn.banks[index].readout.responsivity
        responsivity = self.tables.responsivity_a_per_w
        if self.tables.kind == "mzi":
            cosine, sine = xp.cos(own[..., 0]), xp.sin(own[..., 0])
            plus, minus = (_turned(fringe, cosine, sine) for fringe in (fringes.plus, fringes.minus))
        else:
            passed = 10.0 ** (-0.1 * own)
            plus, minus = fringes.plus.mean[:, None] * passed[..., 0], fringes.minus.mean[:, None] * passed[..., 1]
        plus = plus * (responsivity * drawn["plus"][:, None])
        minus = minus * (responsivity * drawn["minus"][:, None])
        return Matrices(plus - minus, plus + minus)


def heat_matrix(heaters: tuple[str, ...], table: ThermalTable | None, scale: float) -> csr_array | None:
    """(H, H) of `Weights.heat`: what heater j adds at the driven arm of interferometer i less what it adds at the twin.

    ValueError where the table is that of another chip.
    """
    if table is None or not scale or not heaters:
        return None
    listed = set(table.shifters)
    if missing := [name for name in heaters if name not in listed]:
        raise ValueError(
            f"thermal table: found no {missing[0]} ({len(missing)} missing), expected every driven phase shifter; "
            "make the table from the same extraction as the twin"
        )
    arms = {name: k for k, name in enumerate(heaters)}
    twins = {f"{name}_twin": k for name, k in arms.items()}
    driven, twin = (np.array([arm.get(name, -1) for name in table.shifters]) for arm in (arms, twins))
    entries = []
    for place, sign in ((driven, 1.0), (twin, -1.0)):
        warmed, heater = place[table.warmed], driven[table.heater]
        kept = (warmed >= 0) & (heater >= 0)
        entries.append((sign * scale * table.share[kept], warmed[kept], heater[kept]))
    share, warmed, heater = (np.concatenate(parts) for parts in zip(*entries, strict=True))
    return csr_array((share, (warmed, heater)), shape=(len(heaters), len(heaters)))


def _turned(fringe: Fringe, cosine: Any, sine: Any) -> Any:
    return fringe.mean[:, None] + np.real(fringe.wave)[:, None] * cosine - np.imag(fringe.wave)[:, None] * sine
