"""What is known of each chip once it has learned, as arrays over chips.

Records are a dictionary of arrays. The first axis of each counts chips, the second, where there is one, epochs:

    seed (n)  test_accuracy (n)  train_accuracy (n)  shots (n)  …      loss (n, epochs)  epoch_test_accuracy (n, epochs)

`seed` and `test_accuracy` are always there; a trainer may give more.
"""

from collections.abc import Mapping, Sequence

import numpy as np

Records = Mapping[str, np.ndarray]

MEANING = {
    "seed": "draws the chip",
    "test_accuracy": "share of the held-out samples that the trained chip gets right",
    "train_accuracy": "share of the samples trained on that the trained chip gets right",
    "shots": "shots from the first calibration to the last reading",
    "calibration_shots": "shots before training",
    "loss": "mean loss of the epoch's batches, as measured while training",
    "epoch_test_accuracy": "share of the held-out samples that the chip gets right after the epoch",
}
"""What each entry of the records is, for the file of results."""


def checked(records: Records, seeds: Sequence[int]) -> Records:
    """The same records; ValueError where they are not those of the chips asked for."""
    if not {"seed", "test_accuracy"} <= records.keys() or list(records["seed"]) != list(seeds):
        raise ValueError(f"found the records of other chips than {seeds[0]} … {seeds[-1]}")
    wrong = [name for name, array in records.items() if np.ndim(array) not in (1, 2) or len(array) != len(seeds)]
    if wrong:
        raise ValueError(f"{', '.join(wrong)}: found other shapes than ({len(seeds)}) or ({len(seeds)}, epochs)")
    return records


def joined(parts: Sequence[Records]) -> Records:
    """Records of several tasks as one, in the order given."""
    return {name: np.concatenate([np.asarray(part[name]) for part in parts]) for name in parts[0]}
