"""What the report says of a watch: accuracy against time, with a mark at every event, and the sentence beside it.

Reads the `drift` section of training.json, which is the same for every architecture.
"""

from collections.abc import Mapping
from typing import Any

from backlight import plots
from chips.watch import DRIFT

MARKED = 24
"""Events up to which each has its mark; of a longer watch only the drifts have."""


def plot(drift: Mapping[str, Any]) -> str:
    """The curves as SVG: the probe set, and the held-out samples that decide nothing."""
    events = drift["events"]
    lines = {"probe": [100 * event["accuracy"] for event in events]}
    if all(event["held_out"] is not None for event in events):
        lines["held out"] = [100 * event["held_out"] for event in events]
    kinds = enumerate(event["kind"] for event in events)
    marks = {float(k): kind for k, kind in kinds if len(events) <= MARKED or kind == DRIFT}
    steps = list(range(len(events)))
    return plots.curves(lines, steps, title="accuracy while the chip drifts", x_label="event", y_label="%", marks=marks)


def note(drift: Mapping[str, Any]) -> str:
    """One paragraph: what drifted, and what each mend gave back."""
    words = {
        "before": "before",
        "after": "after the drift",
        "recalibrated": "after calibrating again",
        "reloaded": "after leading the chip back to what it remembered",
        "trained": "after epochs in place",
    }
    read = [f"{drift[key] * 100:.1f} % {word}" for key, word in words.items() if drift.get(key) is not None]
    times = "once" if drift["steps"] == 1 else f"{drift['steps']} times"
    shots = drift["events"][-1]["shots"]
    return (
        f"Behind the training every phase drifted by {drift['step_rad']:g} rad (standard deviation), {times}. "
        f"A watchdog probed the chip with {drift['probe_samples']} labelled samples and mended it where more than "
        f"{100 * drift['drop']:g} points were lost. Of {drift['held_out_samples']} other samples that decided nothing "
        f"were right, at the last drift: {', '.join(read)}. {shots:,} shots in all."
    )
