"""The watchdog: a trained chip is probed while time passes, and mended where it got worse. For any architecture.

    remember ─► drift ─► probe ── as good as remembered ──► drift …
                           └── worse by more than `drop` ─► mends in their order, a probe after each, until it is good

What happens next follows from the log alone (`due`), so a watch that was stopped goes on from its log. What it acts on
comes in as functions: `chips.mesh_watch` has those of a mesh. The drift belongs to the world: the watchdog only calls
the function that it was given, and learns of it by the probe.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

REMEMBER, DRIFT = "remember", "drift"


@dataclass(frozen=True)
class Watch:
    """How a chip is watched."""

    drop: float = 0.03
    """How much less of the probe set may be right than was remembered (assumed: a few samples of a hundred)."""
    drifts: int = 1
    """Steps of time."""
    samples: int = 100
    """Labelled samples kept apart as the probe set, at most a third of the part that they are taken from."""


@dataclass(frozen=True)
class Mend:
    """A way to put a chip right."""

    kind: str
    """Its name in the log."""
    act: Callable[[], int]
    """Do it once; the shots that it took."""
    most: int = 1
    """How often it may be done after one drift."""
    learns: bool = False
    """It makes new weights. Where they are good, they are remembered from then on."""


@dataclass(frozen=True)
class Actions:
    """What the watchdog can do with a chip, and what the world does to it."""

    remember: Callable[[], int]
    """Keep the present weights as those to come back to; shots."""
    probe: Callable[[], tuple[float, int]]
    """Share of the probe set that is right, 0 … 1, and shots."""
    mends: tuple[Mend, ...]
    """The cheapest first."""
    drift: Callable[[], None]
    """Time passes."""
    held_out: Callable[[], float] | None = None
    """Share that is right of samples that decide nothing, neither in training nor here. Read for the log only, and not
    counted as shots of the watchdog."""


@dataclass(frozen=True)
class Event:
    """One line of the log: what happened, then what the probe read."""

    kind: str
    """`remember`, `drift` or a mend's."""
    accuracy: float
    """Of the probe set, 0 … 1."""
    shots: int
    """Since the watch began, probes included."""
    held_out: float | None = None
    """Of the samples that decide nothing."""


Log = tuple[Event, ...]


def watch(
    settings: Watch, actions: Actions, log: Log = (), on_event: Callable[[Log], None] | None = None
) -> tuple[Event, ...]:
    """Watch a chip through all steps of time; the whole log.

    Args:
        settings: How.
        actions: What can be done; they keep the chip's weights between calls.
        log: Of the same watch, stopped earlier; it goes on behind its last event.
        on_event: Called with the log after each event.

    """
    while kind := due(settings, actions.mends, log):
        shots = log[-1].shots if log else 0
        mend = next((m for m in actions.mends if m.kind == kind), None)
        if kind == REMEMBER:
            shots += actions.remember()
        elif kind == DRIFT:
            actions.drift()
        elif mend:
            shots += mend.act()
        accuracy, taken = actions.probe()
        shots += taken
        if mend and mend.learns and not _worse(settings, log[0].accuracy, accuracy):
            shots += actions.remember()
        log = (*log, Event(kind, accuracy, shots, actions.held_out() if actions.held_out else None))
        if on_event:
            on_event(log)
    return log


def due(settings: Watch, mends: Sequence[Mend], log: Log) -> str | None:
    """Kind of the event that comes next; None at the end."""
    if not log:
        return REMEMBER
    drifts = [k for k, event in enumerate(log) if event.kind == DRIFT]
    if drifts and _worse(settings, log[0].accuracy, log[-1].accuracy):
        since = [event.kind for event in log[drifts[-1] :]]
        for mend in mends:
            if since.count(mend.kind) < mend.most:
                return mend.kind
    return DRIFT if len(drifts) < settings.drifts else None


def apart(labels: np.ndarray, samples: int) -> np.ndarray:
    """(n) bool: rows of a labelled part that make the probe set, every class in its share; at most a third of them."""
    chosen = np.zeros(len(labels), dtype=bool)
    count = min(samples, len(labels) // 3)
    order = np.argsort(labels, kind="stable")
    chosen[order[np.round(np.linspace(0, len(labels) - 1, count)).astype(int)]] = True
    return chosen


def _worse(settings: Watch, remembered: float, accuracy: float) -> bool:
    return remembered - accuracy > settings.drop
