"""The front door: command line, the flow as one literal list, public API, report."""

from backlight.api import (
    ChipSpec,
    Design,
    Layer,
    Network,
    TrainSpec,
    compare,
    compile,
    extract,
    make_twin,
    plot,
    read_spec,
    simulate,
    train,
)

__all__ = [
    "ChipSpec",
    "Design",
    "Layer",
    "Network",
    "TrainSpec",
    "compare",
    "compile",
    "extract",
    "make_twin",
    "plot",
    "read_spec",
    "simulate",
    "train",
]
