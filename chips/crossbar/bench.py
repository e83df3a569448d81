"""The bench of a crossbar: numbers without units in and out, through nothing but `program` and `measure`.

    u   row current of a bank, divided by its unit current: nominally w · x of each column, added
    x   light in a column, behind a modulator or at an output, 1 with all modulators wide open

All arrays here have the axes (R, K, B, …) of `chips.crossbar.chip` in full, with 1 where all have the same; a chip
without an axis of runs gets and gives them without the first one. Units are nominal: what a photodiode reads too much
is part of what is measured.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from chips.crossbar.chip import CrossbarChip, Drive, Reading
from compiler.budget_numbers import LASER_MW
from compiler.crossbar_tables import BankTable, CrossbarTables

Weights = Mapping[str, np.ndarray]
"""Bank to (R, rows, columns)."""


@dataclass(frozen=True, eq=False)
class Bench:
    """R chips with the nominal numbers that turn their currents into u and x."""

    chip: CrossbarChip
    tables: CrossbarTables
    runs: int | None = None
    """R, or None where the chip has no such axis."""
    bias: float = 1.0
    """Light in the bias columns while the network runs."""

    @property
    def lead(self) -> int:
        """R, 1 where there is no such axis."""
        return self.runs or 1

    @property
    def layers(self) -> int:
        """Number of layers."""
        return self.tables.layers

    @property
    def forward_banks(self) -> tuple[BankTable, ...]:
        """Forward banks, by layer."""
        return self.tables.forward

    @property
    def limit(self) -> float:
        """Largest drive of a weight: the setting of a phase shifter, mA of a PIN diode."""
        t = self.tables
        return t.drive.limit if t.kind == "mzi" else t.attenuator_range_ma

    @property
    def least(self) -> float:
        """Smallest drive of a weight."""
        return 0.0 if self.tables.kind == "mzi" else -self.limit

    @property
    def drive_per_rad(self) -> float:
        """Drive that turns a nominal phase shifter by a rad; of a PIN weight a π-th of its full current, which moves w
        about as far (from 0 to 0.77 at 20 dB; a rad brings it to sin 1 = 0.84)."""
        t = self.tables
        return t.drive.per_pi / np.pi if t.kind == "mzi" else t.attenuator_range_ma / np.pi

    @property
    def nepers_per_ma(self) -> float:
        """What a nominal PIN attenuator takes of the power, per mA: e^(−k I)."""
        return float(np.log(10) / 10 * self.tables.attenuator_range_db / self.tables.attenuator_range_ma)

    def nominal_slope(self, drive: np.ndarray) -> np.ndarray:
        """du/d(drive) of nominal weights at drives: cos of a phase without an offset, or a PIN side that darkens."""
        if self.tables.kind == "mzi":
            return -np.sin((drive - self.tables.drive.zero) / self.drive_per_rad) / self.drive_per_rad
        return self.nepers_per_ma * np.exp(-self.nepers_per_ma * np.abs(drive))

    def program(self, weights: Weights) -> None:
        """Set banks to drives (R, rows, columns), or (R, K, rows, columns)."""
        full = {name: w if w.ndim == 4 else w[:, None] for name, w in weights.items()}
        self.chip.program({name: self._sent(w) for name, w in full.items()})

    def read(self, drive: Drive) -> dict[Reading, np.ndarray]:
        """Run shots; u or x, (R, K, B, n), for each reading."""
        sent = replace(
            drive,
            inputs=None if drive.inputs is None else self._sent(drive.inputs),
            override={name: self._sent(x) for name, x in drive.override.items()},
            errors={name: self._sent(x) for name, x in drive.errors.items()},
            scale={name: self._sent(x) for name, x in drive.scale.items()},
            open_columns={name: self._sent(x) for name, x in drive.open_columns.items()},
        )
        found = self.chip.measure(sent)
        return {key: self._came(current) / self._unit_ma(key) for key, current in found.items()}

    def lit(self, bank: BankTable) -> tuple[np.ndarray, np.ndarray]:
        """One column lit after another: u (R, K, columns, rows) and what its monitor reads (R, K, columns).

        Dark readings are subtracted.
        """
        if bank.is_backward:
            return self._lit(bank, bank.columns, 0)
        signals, bias = self._lit(bank, bank.columns - 1, 0), self._lit(bank, 1, bank.columns - 1)
        return np.concatenate([signals[0], bias[0]], axis=-2), np.concatenate([signals[1], bias[1]], axis=-1)

    def lit_shots(self, bank: BankTable) -> int:
        """Shots that `lit` takes for each program."""
        return bank.columns + (1 if bank.is_backward else 2)

    def _lit(self, bank: BankTable, count: int, first: int) -> tuple[np.ndarray, np.ndarray]:
        """`count` columns from `first` on, one at a time, and a dark shot."""
        columns = np.arange(first, first + count)
        shutters = np.zeros((1, 1, count + 1, bank.columns), dtype=bool)
        shutters[..., np.arange(count), columns] = True
        signals = shutters.astype(float)
        drive = Drive((("rows", bank.name), ("monitors", bank.name)), open_columns={bank.name: shutters})
        if bank.is_backward:
            drive = replace(drive, errors={bank.name: signals})
        else:
            drive = replace(drive, bias=float(first > 0))
            if bank.name == self.tables.banks[0].name:
                drive = replace(drive, inputs=signals[..., :-1])
            else:
                drive = replace(drive, override={bank.name: signals[..., :-1]})
        read = self.read(drive)
        rows, monitors = read["rows", bank.name], read["monitors", bank.name]
        own = monitors[..., np.arange(count), columns] - monitors[..., count:, columns].mean(axis=-2)
        return rows[..., :count, :] - rows[..., count:, :], own

    def _unit_ma(self, key: Reading) -> np.ndarray:
        group, place = key
        t = self.tables
        unit = LASER_MW * t.responsivity_a_per_w
        if group == "rows":
            return unit * t.bank(place).weight.mean()
        if group == "monitors":
            return unit * t.bank(place).monitor
        last = place == f"layer{self.layers}"
        if group == "outputs":
            return unit * t.output
        return unit * (t.output_slope if last else self.forward_banks[_number(place)].slope[:-1])

    def _sent(self, array: np.ndarray) -> np.ndarray:
        return array if self.runs else array[0]

    def _came(self, array: np.ndarray) -> np.ndarray:
        return array if self.runs else array[None]


def _number(layer: str) -> int:
    return int(layer.removeprefix("layer"))
