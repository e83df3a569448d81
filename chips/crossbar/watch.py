"""What the watchdog can do with a crossbar: sweep again and lead the weights back to what was measured, train in place.

Phases drift, weights are what matters: those that the photodiodes measured while the chip was good are remembered. A
reload sweeps every weight again and locks it to them, without a label or a gradient.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from chips.adam import Moments
from chips.crossbar.bench import Bench
from chips.crossbar.calibration import calibrate, remember
from chips.crossbar.lock import lock
from chips.crossbar.points import Lit
from chips.crossbar.train import TrainConfig, TrainState, evaluate, train
from chips.mesh_watch import EPOCH, RELOAD
from chips.watch import Mend


class CrossbarWatch:
    """One trained chip and what is remembered of it. Sees the chip through its bench only."""

    def __init__(
        self,
        bench: Bench,
        gains: tuple[float, ...],
        data: Lit,
        probe: np.ndarray,
        state: TrainState,
        config: TrainConfig,
    ) -> None:
        """`probe`: (n_test) bool, samples of the held-out part that the watchdog reads. `config`: of one mend in place.
        `state`: of one run."""
        self._bench, self._gains, self._data, self._chosen, self._config = bench, gains, data, probe, config
        self.state = state
        """Registers, calibration and shots as they are now."""
        self.memory: Mapping[str, np.ndarray] | None = None
        """Forward bank to measured weights to come back to; None before `remember`."""

    def remember(self) -> int:
        """Measure the present weights and keep them; shots."""
        self._bench.program(self.state.program)
        self.memory, shots = remember(self._bench)
        return shots

    def probe(self) -> tuple[float, int]:
        """Accuracy on the probe set and shots."""
        return self._read(self._chosen), int(self._chosen.sum())

    def held_out(self) -> float:
        """Accuracy on the held-out samples that are not in the probe set."""
        return self._read(~self._chosen)

    def mends(self, most: int) -> tuple[Mend, ...]:
        """The cheapest first; at most so many goes of training in place after a drift."""
        return Mend(RELOAD, self.reload), Mend(EPOCH, self.train, most, learns=True)

    def reload(self) -> int:
        """Sweep every bank again and lock the forward ones to the remembered weights; shots."""
        if self.memory is None:
            raise ValueError("found nothing remembered, expected remember() before reload()")
        found = calibrate(self._bench, self._config.seed)
        registers, shots = lock(self._bench, found, self.memory)
        self.state = replace(self.state, registers=registers, calibration=found)
        return found.shots + shots

    def train(self) -> int:
        """Some epochs in place, from where the weights are; shots."""
        mean, square = (np.zeros_like(values) for values in (self.state.moments.mean, self.state.moments.square))
        start = replace(self.state, moments=Moments(mean, square, 0), history=())
        before = start.shots
        found = train(
            self._bench.chip,
            self._bench.tables,
            self._gains,
            self._data,
            self._config,
            runs=self._bench.runs,
            resume=start,
        )
        self.state = replace(found.state, history=self.state.history)
        return found.state.shots - before

    def _read(self, rows: np.ndarray) -> float:
        self._bench.program(self.state.program)
        part = (a[:, rows] for a in (self._data.test_x, self._data.test_t, self._data.test_y))
        return float(evaluate(self._bench, *part).accuracy[0])


def only(state: TrainState, run: int) -> TrainState:
    """The state of one run of several."""
    rows = np.array([run])
    moments = replace(state.moments, mean=state.moments.mean[rows], square=state.moments.square[rows])
    drives = {
        name: {bank: values[rows] for bank, values in getattr(state, name).items()}
        for name in ("registers", "backward", "slopes")
    }
    history = tuple(
        replace(e, loss=e.loss[rows], train_accuracy=e.train_accuracy[rows], test_accuracy=e.test_accuracy[rows])
        for e in state.history
    )
    return replace(state, **drives, moments=moments, calibration=state.calibration.take(rows), history=history)
