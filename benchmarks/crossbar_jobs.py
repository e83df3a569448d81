"""What one chunk of the crossbar study does: some chips, five fresh draws of a data set each, three starts of each.

Chips, data and starts of a chunk train side by side; none of them knows of the others. Everything that is compared is
compared on the same chips with the same data. Results are arrays (chips, draws), accuracies 0 … 1 on held-out points.
"""

import pickle
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from chips.crossbar.bench import Bench
from chips.crossbar.calibration import Calibration, calibrate, remember
from chips.crossbar.digital import DigitalConfig, digital_accuracy
from chips.crossbar.drift import drift
from chips.crossbar.fringes import CrossbarCircuit, crossbar_circuit
from chips.crossbar.lock import lock
from chips.crossbar.offline import train_offline
from chips.crossbar.points import Lit, points, stack
from chips.crossbar.setpoints import set_points
from chips.crossbar.train import CrossbarResult, Drives, Shortcuts, TrainConfig, evaluate, train
from chips.crossbar.twin import CrossbarTwin
from chips.variation import Imperfections
from compiler.crossbar_paths import crossbar_paths
from compiler.crossbar_tables import CrossbarTables, crossbar_tables
from compiler.heat import ThermalTable
from compiler.netlist import Netlist
from compiler.network import Design
from compiler.places import Places
from compiler.spec import read_spec
from pdk import registry
from pdk.contract import Pdk

ROOT = Path(__file__).parents[1]
DRAWS, STARTS = 5, 3
"""Fresh data of each chip, and starts of each of them. Chip c draws its data with the seeds 5c … 5c + 4."""
HIDDEN = 8
USUAL = Imperfections.real()
FULL = replace(USUAL, receiver_noise=0.01, extinction_db=20.0, activation_bias_rad=0.05 * np.pi)
"""Everything on, and worse than usual: noise of 1 % of full scale, modulators that pass 1 % when dark, biases off
by 5 % of the drive for π (usual: 0.5 %, 0.001 %, 1.6 %)."""
DRIFT_RAD = 0.3
"""Standard deviation of the walk of an interferometer's phase: that of two arms."""
MENDED_RATE_RAD = 0.03
"""Learning rate of training in place after a drift."""
CONTROLS: dict[str, TrainConfig] = {
    "as it should be": TrainConfig(),
    "nominal slope of weights": TrainConfig(shortcuts=Shortcuts(slope="nominal")),
    "slope of weights measured once": TrainConfig(shortcuts=Shortcuts(slope="once")),
    "slope of weights from the sweep": TrainConfig(shortcuts=Shortcuts(slope="swept")),
    "sign of the slope only": TrainConfig(shortcuts=Shortcuts(slope="sign")),
    "f' = 1": TrainConfig(shortcuts=Shortcuts(activation_slope="one")),
    "no bias light": TrainConfig(shortcuts=Shortcuts(bias_light=False)),
    "backward bank with the same raw codes": TrainConfig(shortcuts=Shortcuts(backward="codes")),
    "backward bank left random": TrainConfig(shortcuts=Shortcuts(backward="random")),
    "blind start": TrainConfig(shortcuts=Shortcuts(start="blind")),
    "8-bit registers": TrainConfig(shortcuts=Shortcuts(register_bits=8)),
}
CHIPS: dict[str, Imperfections] = {
    "4-bit DAC": replace(FULL, dac_bits=4),
    "5-bit DAC": replace(FULL, dac_bits=5),
    "6-bit DAC": replace(FULL, dac_bits=6),
    "noise 5 %": replace(FULL, receiver_noise=0.05),
    "read-out offset 3 %": replace(FULL, offset_spread=0.03),
}


@dataclass(frozen=True, eq=False)
class Subject:
    """The circuit of the study as read back from its GDS, and what its layout tells."""

    design: Design
    netlist: Netlist
    thermal: ThermalTable
    places: Places
    tables: CrossbarTables = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tables", crossbar_tables(self.netlist, self.pdk))

    @property
    def pdk(self) -> Pdk:
        """Its process."""
        return registry.get(self.design.chip.pdk)

    @cached_property
    def circuit(self) -> CrossbarCircuit:
        """Lowered once."""
        return crossbar_circuit(crossbar_paths(self.netlist, self.pdk), self.netlist, self.pdk)

    @property
    def gains(self) -> tuple[float, ...]:
        """Set points of the amplifiers."""
        return set_points(self.design).gains

    def twin(self, chips: np.ndarray, imperfections: Imperfections = FULL) -> CrossbarTwin:
        """Chips (R) by their seeds, side by side."""
        return CrossbarTwin(
            self.netlist,
            self.pdk,
            imperfections,
            [int(chip) for chip in chips],
            electronics=set_points(self.design),
            thermal=self.thermal,
            places=self.places,
            circuit=self.circuit,
            tables=self.tables,
        )

    def bench(self, twin: CrossbarTwin) -> Bench:
        """With the trainer's units."""
        return Bench(twin, self.tables, len(twin.seeds))

    def calibrated(self, chips: np.ndarray, imperfections: Imperfections = FULL) -> Calibration:
        """Sweeps of chips (n)."""
        return calibrate(self.bench(self.twin(chips, imperfections)))


def subject(folder: Path) -> Subject:
    """examples/crossbar-moons.yml drawn and read back; kept in a folder, for it takes half a minute."""
    kept = folder / "circuit.pkl"
    design = read_spec(ROOT / "examples" / "crossbar-moons.yml")
    if not kept.exists():
        import backlight as bl
        from layouts.places import places
        from layouts.thermal import thermal

        with tempfile.TemporaryDirectory() as work:
            bl.compile(design, Path(work) / "chip.gds")
            extraction = bl.extract(Path(work) / "chip.gds")
        pdk = registry.get(design.chip.pdk)
        kept.write_bytes(pickle.dumps((extraction.netlist, thermal(extraction, pdk).table, places(extraction, pdk))))
    return Subject(design, *pickle.loads(kept.read_bytes()))


def draws_of(name: str, chips: Sequence[int], draws: int = DRAWS) -> tuple[Lit, np.ndarray]:
    """Data of chips, draw after draw, and the seed of each: (chips · draws)."""
    seeds = np.array([DRAWS * chip + k for chip in chips for k in range(draws)])
    return stack([points(name, int(seed)) for seed in seeds]), seeds


def main_job(
    subject: Subject,
    name: str,
    chips: Sequence[int],
    config: TrainConfig,
    imperfections: Imperfections = FULL,
    draws: int = DRAWS,
) -> dict[str, np.ndarray]:
    """One data set on some chips: digital, on chip, offline and loaded, after a drift."""
    data, seeds = draws_of(name, chips, draws)
    of_run = np.repeat(np.arange(len(seeds)), STARTS)
    starts = STARTS * seeds[of_run] + np.tile(np.arange(STARTS), len(seeds))
    chip_of = np.repeat(np.asarray(chips), draws)
    own = np.repeat(np.arange(len(chips)), draws)
    swept = subject.calibrated(np.asarray(chips), imperfections)
    result = train(
        subject.twin(chip_of[of_run], imperfections),
        subject.tables,
        subject.gains,
        data.take(of_run),
        config,
        runs=len(of_run),
        seeds=starts,
        calibration=swept.take(own[of_run]),
    )
    kept = best(result)
    found = {
        "digital": digital_accuracy(data, DigitalConfig(hidden=HIDDEN)),
        "chip": result.test.accuracy[kept],
        "one start": result.test.accuracy[::STARTS],
        "shots": np.full(len(seeds), result.state.shots),
    }
    offline = train_offline(data.take(of_run), set_points(subject.design), config, starts, HIDDEN)
    offline = offline.take(_least(offline.loss))
    found["offline"] = offline.accuracy
    twin = subject.twin(chip_of, imperfections)
    bench, calibration = subject.bench(twin), swept.take(own)
    for how, drives in (
        ("blind", offline.blind(subject.tables.drive)),
        ("table", calibration.drives(offline.weights)),
        ("locked", None),
    ):
        if drives is None:
            lock(bench, calibration, offline.weights)
        else:
            bench.program(drives)
        found[how] = _tested(bench, data)
    registers = {n: values[kept] for n, values in result.state.registers.items()}
    found |= drift_job(subject, twin, data, calibration, registers, config)
    return {key: np.asarray(values).reshape(len(chips), draws) for key, values in found.items()}


def drift_job(
    subject: Subject,
    twin: CrossbarTwin,
    data: Lit,
    calibration: Calibration,
    registers: Drives,
    config: TrainConfig,
) -> dict[str, np.ndarray]:
    """Trained chips before a drift, after it, swept again and reloaded, and 100 epochs in place later."""
    bench = subject.bench(twin)
    bench.program(registers)
    found = {"before drift": _tested(bench, data)}
    memory, _ = remember(bench)
    drift(twin, DRIFT_RAD / np.sqrt(2), seed=1)
    bench.program(registers)
    found["after drift"] = _tested(bench, data)
    again = calibrate(bench)
    reloaded, _ = lock(bench, again, memory)
    found["reloaded"] = _tested(bench, data)
    mend = replace(config, epochs=min(100, config.epochs), learning_rate_rad=MENDED_RATE_RAD)
    result = train(
        twin, subject.tables, subject.gains, data, mend, runs=len(twin.seeds), calibration=again, start=reloaded
    )
    found["reloaded and trained"] = result.test.accuracy
    return found


def ideal_job(subject: Subject, name: str, chips: Sequence[int], config: TrainConfig, draws: int = DRAWS) -> np.ndarray:
    """(chips, draws) the same data and starts on a chip without imperfections."""
    data, seeds = draws_of(name, chips, draws)
    of_run = np.repeat(np.arange(len(seeds)), STARTS)
    starts = STARTS * seeds[of_run] + np.tile(np.arange(STARTS), len(seeds))
    result = train(
        subject.twin(np.zeros(len(of_run), dtype=int), Imperfections.ideal()),
        subject.tables,
        subject.gains,
        data.take(of_run),
        config,
        runs=len(of_run),
        seeds=starts,
    )
    return result.test.accuracy[best(result)].reshape(len(chips), draws)


def control_job(
    subject: Subject, chips: Sequence[int], config: TrainConfig, imperfections: Imperfections = FULL
) -> np.ndarray:
    """(chips) moons, one draw and one start each, trained with a shortcut or on worse chips."""
    seeds = np.array([DRAWS * chip for chip in chips])
    data = stack([points("moons", int(seed)) for seed in seeds])
    result = train(
        subject.twin(np.asarray(chips), imperfections),
        subject.tables,
        subject.gains,
        data,
        config,
        runs=len(chips),
        seeds=STARTS * seeds,
    )
    return result.test.accuracy


def best(result: CrossbarResult) -> np.ndarray:
    """Of every STARTS runs the one with the least training loss, as measured on the chip."""
    return _least(result.train.loss)


def _least(loss: np.ndarray) -> np.ndarray:
    of_draw = loss.reshape(-1, STARTS)
    return np.argmin(of_draw, axis=1) + STARTS * np.arange(len(of_draw))


def _tested(bench: Bench, data: Lit) -> np.ndarray:
    return evaluate(bench, data.test_x, data.test_t, data.test_y).accuracy
