"""What a study amounts to: numbers of a distribution, the share of chips that reach a target, and a file for xarray."""

from collections.abc import Mapping
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np

from backlight import files
from backlight.yields.records import MEANING, Records

Z_95 = 1.959964
"""Standard normal deviate that 95 % of all draws are within, on either side."""
PERCENTILES = (5, 50, 95)
"""Of the chips' accuracies after each epoch."""


def wilson(passed: int, chips: int) -> tuple[float, float]:
    """95 % interval of a share, `passed` of `chips` of a sample (Wilson, J. Am. Stat. Assoc. 22, 209 (1927))."""
    share, spread = passed / chips, Z_95**2 / chips
    middle = (share + spread / 2) / (1 + spread)
    half = Z_95 / (1 + spread) * sqrt(share * (1 - share) / chips + spread / (4 * chips))
    return (0.0 if passed == 0 else middle - half), (1.0 if passed == chips else middle + half)


def summary(records: Records, target: float) -> dict[str, Any]:
    """Numbers of a study: accuracies as shares of the held-out samples; a chip passes at or above `target`."""
    accuracy = np.asarray(records["test_accuracy"], dtype=float)
    passed = int(np.sum(accuracy >= target))
    return {
        "chips": len(accuracy),
        "target": target,
        "passed": passed,
        "yield": passed / len(accuracy),
        "yield_interval_95": list(wilson(passed, len(accuracy))),
        "mean": float(np.mean(accuracy)),
        "median": float(np.median(accuracy)),
        "percentile_5": float(np.percentile(accuracy, 5)),
        "standard_deviation": float(np.std(accuracy, ddof=1)) if len(accuracy) > 1 else None,
        "lowest": float(np.min(accuracy)),
        "highest": float(np.max(accuracy)),
        "test_accuracy": accuracy.tolist(),
        "epochs_percentiles": _percentiles(records.get("epoch_test_accuracy")),
    }


def _percentiles(accuracy: np.ndarray | None) -> dict[str, list[float]]:
    """Name of a percentile to its value after each epoch."""
    if accuracy is None or not accuracy.shape[1] or not np.all(np.isfinite(accuracy)):
        return {}
    return {str(p): np.percentile(accuracy, p, axis=0).tolist() for p in PERCENTILES}


def write_netcdf(path: Path, records: Records, told: Mapping[str, str | int | float]) -> None:
    """Records as a NetCDF file, with dimensions chip and epoch, that `xarray.open_dataset` reads."""
    import xarray as xr

    variables = {}
    for name, array in records.items():
        array = np.asarray(array)
        if not array.size:
            continue  # no epochs: a dimension without length is not what NetCDF means by one
        dims = ("chip",) if array.ndim == 1 else ("chip", "epoch")
        variables[name] = xr.Variable(dims, _plain(array), {"long_name": MEANING.get(name, name)})
    coordinates: dict[str, Any] = {"chip": np.arange(len(records["seed"]), dtype=np.int32)}
    epochs = {variable.sizes["epoch"] for variable in variables.values() if variable.ndim == 2}
    if epochs:
        coordinates["epoch"] = np.arange(1, epochs.pop() + 1, dtype=np.int32)
    data = xr.Dataset(variables, coordinates, dict(told)).set_coords("seed")
    with files.replacing(path) as beside:
        data.to_netcdf(beside, engine="scipy", format="NETCDF3_64BIT")


def _plain(array: np.ndarray) -> np.ndarray:
    """Whole numbers as 32 bits where they fit, else as float64: NetCDF 3 has no others."""
    if array.dtype.kind not in "iub":
        return array.astype(float)
    small = np.iinfo(np.int32)
    fits = array.min() >= small.min and array.max() <= small.max
    return array.astype(np.int32 if fits else float)
