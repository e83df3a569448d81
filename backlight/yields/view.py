"""What the report shows of a yield study."""

from collections.abc import Mapping
from typing import Any

from backlight import plots


def note(told: Mapping[str, Any]) -> str:
    """A study in words, from what yield.json holds."""
    low, high = told["yield_interval_95"]
    data = "a data split and a start of its own" if told["data_seed"] is None else "the same data split and start"
    return (
        f"{told['chips']} {told['chip']} chips, drawn by the seeds {told['first_seed']} … "
        f"{told['first_seed'] + told['chips'] - 1}, each trained for {told['epochs']} epochs on {told['data']} with "
        f"{data}. {told['passed']} of them get {100 * told['target']:g} % or more of the held-out samples right: "
        f"a yield of {100 * told['yield']:.1f} %, with 95 % confidence between {100 * low:.1f} and {100 * high:.1f} %."
    )


def numbers(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Rows of the table: held-out accuracy over the chips."""
    names = {"mean": "mean", "median": "median", "percentile_5": "5th percentile", "lowest": "lowest"}
    names |= {"highest": "highest", "standard_deviation": "standard deviation"}
    return [(name, f"{100 * told[key]:.1f} %") for key, name in names.items() if told[key] is not None]


def pictures(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Titles and plots."""
    accuracy, limit = [100 * value for value in told["test_accuracy"]], 100 * told["target"]
    names = [f"chip of seed {told['first_seed'] + k}" for k in range(len(accuracy))]
    every = {"limit": limit, "y_label": "held-out accuracy, %"}
    shown = [
        ("Chips, worst to best", plots.ranks(accuracy, names, title="chips", x_label="share of the chips, %", **every)),
        (
            "Distribution",
            plots.histogram(
                accuracy, limit=limit, title="distribution", x_label="held-out accuracy, %", y_label="chips"
            ),
        ),
    ]
    if told["epochs_percentiles"]:
        lines = {
            {"5": "5th percentile", "50": "median", "95": "95th percentile"}[name]: [100 * v for v in values]
            for name, values in sorted(told["epochs_percentiles"].items(), key=lambda item: -int(item[0]))
        }
        epochs = [float(k) for k in range(1, told["epochs"] + 1)]
        curves = plots.curves(lines, epochs, title="learning", x_label="epoch", y_label="held-out accuracy, %")
        shown.append(("While they learn", curves))
    return shown
