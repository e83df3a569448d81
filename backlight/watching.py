"""After the training: time passes over a mesh's twin, and the watchdog looks after it with what a bench can do."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from backlight.asked import Asked
from backlight.learning import MEASURES, Lesson
from backlight.refusal import Refusal
from chips.checkpoint import Watched
from chips.drift import drift
from chips.mesh_watch import EPOCH, RECALIBRATE, RELOAD, MeshWatch
from chips.train import TrainState
from chips.twin import Twin
from chips.watch import DRIFT, Actions, Log, Watch, apart, watch

MEND_EPOCHS = 5
"""Epochs in place that a chip gets after a drift, at most."""
MEND_RATE_RAD = 0.02
"""Adam's step there: less than from scratch, as little is to be learned again."""


@dataclass(frozen=True)
class Drifts:
    """What the world does, and how closely it is watched."""

    step_rad: float
    """Standard deviation of each phase's random walk, for each step."""
    steps: int = 1
    mirror_rad: float | None = None
    """The same for the loop mirrors of a mesh; None: as the other phases."""
    drop: float = Watch.drop
    """What may be lost before anything is mended; below 0 everything is tried, whatever the probe reads."""
    only: tuple[str, ...] = (RECALIBRATE, RELOAD, EPOCH)
    """Mends that are done; a study leaves some out."""

    @property
    def mirror_step_rad(self) -> float:
        """Standard deviation of the random walk of loop mirrors."""
        return self.step_rad if self.mirror_rad is None else self.mirror_rad

    @property
    def watch(self) -> Watch:
        """The watchdog's settings."""
        return Watch(self.drop, self.steps)


def drifts_asked(asked: Asked, labels: np.ndarray) -> Drifts | None:
    """What a run is asked for; None: no watch. Refusal where the held-out part, of these labels, has no probe set."""
    if asked.drift is None:
        return None
    drifts = Drifts(asked.drift, asked.drift_steps or 1, (asked.variation or {}).get("mirror_drift_rad"))
    if not apart(labels, drifts.watch.samples).any():
        found = f"{len(labels)} held-out samples"
        raise Refusal("--drift", found, "at least 3, a third of which are the probe set", "raise train.test_share")
    return drifts


def let_time_pass(twin: Twin, drifts: Drifts, seed: int, log: Log) -> None:
    """Let a fresh twin drift as often as a log says: what a run that goes on needs."""
    for step in range(drifts_in(log)):
        drift(twin, drifts.step_rad, drifts.mirror_step_rad, step_seed(seed, step))


def watch_lesson(
    lesson: Lesson,
    twin: Twin,
    state: TrainState,
    drifts: Drifts,
    *,
    watched: Watched | None = None,
    on_event: Callable[[TrainState, Watched], None] | None = None,
) -> tuple[TrainState, Watched]:
    """Watch a trained twin; where its registers ended, and the log. The twin has drifted as far as `watched` says.

    The probe set is a part of the held-out samples; `held_out` of the log is of the others, which decide nothing.
    """
    split, seed = lesson.split, lesson.config.seed
    probe = apart(split.test_y, drifts.watch.samples)
    mesh = MeshWatch(
        lesson.bench(twin, state.calibration),
        split,
        (split.test_x[probe], split.test_y[probe]),
        state,
        replace(lesson.config, epochs=MEND_EPOCHS, learning_rate_rad=MEND_RATE_RAD),
        MEASURES[lesson.gradient],
        memory=watched.memory if watched else None,
    )
    passed = [drifts_in(watched.log) if watched else 0]

    def pass_time() -> None:
        drift(twin, drifts.step_rad, drifts.mirror_step_rad, step_seed(seed, passed[0]))
        passed[0] += 1

    actions = Actions(
        remember=mesh.remember,
        probe=mesh.probe,
        mends=tuple(mend for mend in mesh.mends(MEND_EPOCHS) if mend.kind in drifts.only),
        drift=pass_time,
        held_out=lambda: mesh.accuracy(split.test_x[~probe], split.test_y[~probe]),
    )

    def told(log: Log) -> None:
        if on_event:
            on_event(mesh.state, Watched(log, mesh.memory or ()))

    with threadpool_limits(1):  # as `chips.train` does, so that both sum in one order
        log = watch(drifts.watch, actions, watched.log if watched else (), told)
    return mesh.state, Watched(log, mesh.memory or ())


def summary(labels: np.ndarray, drifts: Drifts, log: Log) -> dict[str, Any]:
    """What training.json says of a watch of a chip whose held-out part has these labels; accuracies are of held-out
    samples that decided nothing.

    `after` … `recovered` are those of the last step of time, `rounds` has them for each step. A mend that was not
    needed is null.
    """
    probe = int(apart(labels, drifts.watch.samples).sum())
    starts = [k for k, event in enumerate(log) if event.kind == DRIFT]
    ends = [*starts[1:], len(log)]
    rounds = [_round(log[start - 1 : end]) for start, end in zip(starts, ends, strict=False)]
    return {
        "step_rad": drifts.step_rad,
        "steps": drifts.steps,
        "drop": drifts.watch.drop,
        "probe_samples": probe,
        "held_out_samples": len(labels) - probe,
        "before": log[0].held_out if log else None,
        **(rounds[-1] if rounds else {}),
        "rounds": rounds,
        "events": [asdict(event) for event in log],
    }


def _round(events: Log) -> dict[str, Any]:
    """One step of time: the event before it, the drift, the mends."""
    last = {event.kind: event.held_out for event in events[1:]}
    return {
        "after": events[1].held_out,
        "recalibrated": last.get(RECALIBRATE),
        "reloaded": last.get(RELOAD),
        "trained": last.get(EPOCH),
        "recovered": events[-1].held_out,
        "epochs": sum(event.kind == EPOCH for event in events),
        "shots": events[-1].shots - events[0].shots,
    }


def line(drift: Mapping[str, Any]) -> str:
    """A finished watch on one line; `drift` as `summary` gives it."""
    told = ("before", "after", "reloaded", "recovered")
    shown = [f"{what} {100 * drift[what]:.1f}" for what in told if drift[what] is not None]
    return f"  drift     {drift['steps']} × {drift['step_rad']:g} rad, held out in %: {', '.join(shown)}"


def note(log: Log) -> str:
    """The last event of a watch under way, in a few words."""
    last = log[-1]
    return f"{last.kind}, probe {100 * last.accuracy:.1f} %, {last.shots:,} shots"


def drifts_in(log: Log) -> int:
    """Steps of time in a log."""
    return sum(event.kind == DRIFT for event in log)


def step_seed(seed: int, step: int) -> int:
    """Steps of one chip differ, and so do those of chips with neighbouring seeds."""
    return 1_000_003 * seed + step
