"""Held-out samples as light: what the input modulators of the first layer are set to, and the class that is right."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from backlight.folder import Folder
    from chips.bench import Bench
    from chips.data import Split
    from compiler.crossbar_tables import AnyTables
    from compiler.netlist import Netlist
    from compiler.tables import Tables

SHOWN = 32
"""Samples, the first of those that training never sees."""


def samples(
    folder: "Folder", netlist: "Netlist", tables: "AnyTables"
) -> tuple[tuple[str, ...], Iterator[tuple[object, ...]]]:
    """Header and rows: number of the sample, its class, and the amplitude of every input modulator, by path.

    DataError where the data do not fit the design or are not there.
    """
    from backlight.learning import read_data
    from compiler.crossbar_tables import CrossbarTables

    design = folder.design
    dataset = read_data(design, folder.path)
    if isinstance(tables, CrossbarTables):
        from backlight.crossbar_lesson import light_of
        from compiler.crossbar_paths import crossbar_paths

        lit = light_of(design, dataset, design.train.seed)
        columns = crossbar_paths(netlist, folder.pdk).banks[0].columns
        paths, labels = tuple(column.modulator for column in columns), lit.test_y[0]
        powers = np.hstack([lit.test_x[0], np.ones((len(labels), 1))])  # the last column is lit by the bias
        amplitudes = np.sqrt(powers)
    else:
        amplitudes, labels = _of_mesh(folder, tables)
        paths = tuple(f"{cell}.modulator" for cell in tables.layers[0].inputs)
    rows = (
        (number, dataset.class_names[label], *(f"{value:.6f}" for value in row))
        for number, (row, label) in enumerate(zip(amplitudes[:SHOWN], labels[:SHOWN], strict=True), 1)
    )
    return ("sample", "class", *paths), rows


def nominal_bench(folder: "Folder", tables: "Tables") -> "tuple[Bench, Split]":
    """The bench that training would begin with, and its data. DataError as above."""
    from backlight.learning import read_data, split_of
    from chips.chip import Chip
    from chips.train import TrainConfig, make_bench

    design = folder.design
    split = split_of(design, read_data(design, folder.path), design.train.seed)
    nobody: Chip = None  # type: ignore[assignment]  # nothing is measured: these are nominal orders
    bench = make_bench(nobody, tables, design, split, TrainConfig.of(design))
    return bench, split


def _of_mesh(folder: "Folder", tables: "Tables") -> tuple[np.ndarray, np.ndarray]:
    bench, split = nominal_bench(folder, tables)
    return bench.openings(0, split.test_x), split.test_y
