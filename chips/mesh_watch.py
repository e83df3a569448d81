"""What the watchdog can do with a mesh: calibrate again, lead the shifters back to remembered matrices, train in place.

The weights that a mesh remembers are the matrices of its layers, as its own photodiodes measured them: its phases are
what drifts, so a program that is merely loaded again is worth nothing. Locking to a matrix takes 8N shots a layer and
step and no labels (`chips.lock`); an epoch takes all training samples.
"""

from dataclasses import replace

import numpy as np

from chips.adam import Moments
from chips.bench import Bench, Calibration
from chips.calibrate import calibrate
from chips.data import Split
from chips.gradients import echo
from chips.gradients.passes import Measure
from chips.lock import LockConfig, lock, measure_matrices
from chips.train import Evaluation, TrainConfig, TrainState, evaluate, one_epoch
from chips.watch import Mend

READINGS = 4
"""Times that every matrix is measured before it is remembered: their mean has half the noise of one."""
RECALIBRATE, RELOAD, EPOCH = "recalibrate", "reload", "epoch"


Matrices = tuple[np.ndarray, ...]
"""For each layer (C, N) complex: measured fields at the outputs per unit amplitude at the inputs."""


class MeshWatch:
    """A trained mesh and what is remembered of it. Sees the chip through its bench only."""

    def __init__(
        self,
        bench: Bench,
        split: Split,
        probe: tuple[np.ndarray, np.ndarray],
        state: TrainState,
        config: TrainConfig,
        measure: Measure,
        *,
        memory: Matrices | None = None,
        locking: LockConfig | None = None,
    ) -> None:
        self._bench = bench.calibrated(state.calibration)
        self._split, self._probe = split, probe
        self._config, self._measure, self._locking = config, measure, locking or LockConfig()
        self.state = state
        """Registers, moments, calibration and history as they are now."""
        self.memory = memory
        """Matrices of the weights to come back to; None before `remember`."""

    def remember(self) -> int:
        """Measure the matrices of the present weights and keep them; shots."""
        self._load()
        self.memory, shots = measure_matrices(self._bench, READINGS)
        return shots

    def probe(self) -> tuple[float, int]:
        """Accuracy on the probe set and shots."""
        found = self._read(*self._probe)
        return found.accuracy, found.shots

    def accuracy(self, x: np.ndarray, labels: np.ndarray) -> float:
        """Accuracy on other samples."""
        return self._read(x, labels).accuracy

    def mends(self, epochs: int) -> tuple[Mend, ...]:
        """All that this mesh allows, the cheapest first; at most so many epochs after a drift."""
        layers = range(len(self._bench.tables.layers))
        reload = () if any(echo.not_exact(self._bench, k) for k in layers) else (Mend(RELOAD, self.reload),)
        return Mend(RECALIBRATE, self.recalibrate), *reload, Mend(EPOCH, self.epoch, epochs, learns=True)

    def recalibrate(self) -> int:
        """Sweep the output cells again, whose phases drift like all others, and put the program back; shots."""
        found = calibrate(self._bench, self._config.seed)
        self._set(found, self.state.phases_rad)
        return found.shots

    def reload(self) -> int:
        """Lead the phase shifters back to the remembered matrices; shots."""
        if self.memory is None:
            raise ValueError("found nothing remembered, expected remember() before reload()")
        found = lock(self._bench, self.state.phases_rad, self.memory, self._locking)
        self._set(self.state.calibration, found.phases_rad)
        return found.shots

    def epoch(self) -> int:
        """One epoch in place, from where the phase shifters are; shots."""
        before = self.state.shots
        self.state = one_epoch(self._bench, self._split, self._config, self._measure, self.state)
        return self.state.shots - before

    def _set(self, calibration: Calibration, phases_rad: tuple[np.ndarray, ...]) -> None:
        self._bench = self._bench.calibrated(calibration)
        moments = Moments.zero(sum(map(len, phases_rad)))
        self.state = replace(self.state, calibration=calibration, phases_rad=phases_rad, moments=moments)

    def _load(self) -> None:
        self._bench.chip.program(self._bench.settings(self.state.phases_rad))

    def _read(self, x: np.ndarray, labels: np.ndarray) -> Evaluation:
        self._load()
        return evaluate(self._bench, x, labels)
