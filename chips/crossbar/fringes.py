"""What light does in a crossbar of R drawn chips, everything open: from the engine, as one fringe per photodiode.

Light forms a tree, so each photodiode of a weight sees the phase of its own shifter alone, in one of two arms:

    power = |A + B e^{iθ}|² = mean + Re(wave · e^{iθ}),     mean = |A|² + |B|²,  wave = 2 B conj(A)

and two evaluations of the whole chip, with all of them at 0 and all at π, give A and B of every one of them. What
modulators, shutters and attenuators let pass multiplies the powers behind them, for the same reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import pi

import numpy as np

from chips import engine
from compiler.crossbar_paths import CrossbarPath
from compiler.netlist import Netlist, Pin
from compiler.tables import WAVELENGTH_UM
from pdk.contract import Pdk, Role


@dataclass(frozen=True, eq=False)
class Fringe:
    """Power at photodiodes per power at the fibre: (R, …) each."""

    mean: np.ndarray
    wave: np.ndarray
    """Complex; 0 where no shifter turns it."""


@dataclass(frozen=True, eq=False)
class BankFringes:
    """One bank of R chips."""

    plus: Fringe
    """(R, rows, columns)"""
    minus: Fringe
    monitor: np.ndarray
    """(R, columns)"""
    slope: np.ndarray
    """(R, columns); 0 where there is no replica."""


@dataclass(frozen=True, eq=False)
class CrossbarFringes:
    """R chips."""

    banks: tuple[BankFringes, ...]
    output: np.ndarray
    """(R, n)"""
    slope: np.ndarray
    """(R, n)"""

    def turned(self, phases_rad: Sequence[np.ndarray]) -> "CrossbarFringes":
        """The same with the driven arms turned by (R, rows, columns), for each bank."""
        banks = (_turned(bank, phase_rad) for bank, phase_rad in zip(self.banks, phases_rad, strict=True))
        return replace(self, banks=tuple(banks))


@dataclass(frozen=True, eq=False)
class CrossbarCircuit:
    """A crossbar lowered once: `fringes` evaluates it for one draw of chips after another."""

    paths: CrossbarPath
    circuit: engine.Circuit

    def fringes(
        self, devices: Mapping[str, Mapping[str, np.ndarray]] | None = None, *, wl_um: float = WAVELENGTH_UM
    ) -> CrossbarFringes:
        """The fringes of R chips whose devices are set to (R, n) values for each component's instances; of one nominal
        chip (R = 1) with None."""
        schedule = self.circuit.schedule
        at = self.circuit.coefficients(wl_um=wl_um, arrays=devices or {})
        phases_rad = np.array([[0.0], [pi]]) * np.ones(schedule.phases)
        x = np.ones((len(schedule.input_row), 1))
        fields = np.asarray(engine.fields(schedule, at, phases_rad.reshape(2, 1, -1), x))[..., 0]
        still, turned = (fields[0] + fields[1]) / 2, (fields[0] - fields[1]) / 2
        mean, wave = np.abs(still) ** 2 + np.abs(turned) ** 2, 2 * turned * np.conj(still)
        return self._sorted(mean, wave)

    def _sorted(self, mean: np.ndarray, wave: np.ndarray) -> CrossbarFringes:
        """Arrays (R, reads) in the order of `_reads`, as banks."""
        chips, at = len(mean), 0

        def take(*shape: int) -> Fringe:
            nonlocal at
            part = slice(at, at := at + int(np.prod(shape)))
            return Fringe(mean[:, part].reshape(chips, *shape), wave[:, part].reshape(chips, *shape))

        banks = []
        for bank in self.paths.banks:
            rows, columns = len(bank.weights), len(bank.columns)
            plus, minus, monitor = take(rows, columns), take(rows, columns), take(columns).mean
            has_replica = bank.columns[0].replica is not None
            slope = take(columns).mean if has_replica else np.zeros((chips, columns))
            banks.append(BankFringes(plus, minus, monitor, slope))
        count = len(self.paths.outputs)
        return CrossbarFringes(tuple(banks), take(count).mean, take(count).mean)


def crossbar_circuit(paths: CrossbarPath, netlist: Netlist, pdk: Pdk) -> CrossbarCircuit:
    """Lower a whole crossbar. Each driven phase shifter has a phase of its own, in the order of `drives`."""
    fibres = {f"{bank.name}.laser" for bank in paths.banks} | {f"{paths.outputs[0].cell.split('.')[0]}.laser"}
    into = [name for name, pin in netlist.flat.ports.items() if pin.instance in fibres]
    slots = {name: k for k, name in enumerate(shifters(paths, netlist, pdk))}
    models, limits = pdk.models(), pdk.wavelength_range_um
    lower = engine.lower(netlist, models, into=into, read=list(_reads(paths)), slots=slots, wavelength_range_um=limits)
    return CrossbarCircuit(paths, lower)


def shifters(paths: CrossbarPath, netlist: Netlist, pdk: Pdk) -> tuple[str, ...]:
    """The driven phase shifters of a chip, bank by bank, row by row; none where weights are attenuators."""
    names = (name for bank in paths.banks for row in bank.weights for weight in row for name in weight.drives)
    return tuple(name for name in names if pdk.role_of(netlist.device(name).component) is Role.PHASE_SHIFTER)


def _turned(bank: BankFringes, phase_rad: np.ndarray) -> BankFringes:
    turn = np.exp(1j * phase_rad)
    plus, minus = (replace(fringe, wave=fringe.wave * turn) for fringe in (bank.plus, bank.minus))
    return replace(bank, plus=plus, minus=minus)


def _reads(paths: CrossbarPath) -> Iterator[Pin]:
    for bank in paths.banks:
        for side in ("plus", "minus"):
            yield from (Pin(f"{weight.cell}.{side}", "o1") for row in bank.weights for weight in row)
        yield from (Pin(f"{column.cell}.head.monitor.pd", "o1") for column in bank.columns)
        if bank.columns[0].replica is not None:
            yield from (Pin(f"{column.cell}.head.slope", "o1") for column in bank.columns)
    for side in ("output", "slope"):
        yield from (Pin(f"{out.cell}.{side}", "o1") for out in paths.outputs)
