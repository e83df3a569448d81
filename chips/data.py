"""Data for a chip: a table of features and classes, split and turned into light.

    load("moons")            →  Dataset   features as they were measured
    prepare(dataset, …)      →  Split     signed amplitudes in √mW, one per port of the first layer

Encoding: features are standardised (principal components where asked), fitted on the training part only; each is a
signed amplitude (a push-pull modulator gives both signs), the bias port has a fixed amplitude, all is scaled so that
the training samples have a fixed mean power per port, and the ports that are left stay dark.
"""

import csv
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from compiler.network import DATASETS, DRAWN_DATASETS, nearest, shown

BIAS_AMPLITUDE = 1.0
"""Bias port relative to a standardised feature (rms 1). Assumed: prototypes trained alike from 0.7 to 2."""
MEAN_POWER_PER_PORT_MW = 0.25
"""Light that enters the first layer, divided by its ports, mean over the training part. Assumed: it puts the powers
of every width where the activations bend; with a fixed total, wide networks learned as if they were linear."""
POINTS = 600
"""Points of the sets that are drawn (moons, circles, xor)."""
MOONS_NOISE = 0.15
CIRCLES_NOISE, CIRCLES_RATIO = 0.1, 0.5
XOR_NOISE = 0.1
"""Spread of the four clouds of xor, whose centres stand at 1/4 and 3/4 of a square."""
DRAW_SEED = 7
"""Seed of the drawn sets: the same points for everyone."""

LARGEST = 1e100
"""Largest number in a table: its square can still be summed."""


class DataError(ValueError):
    """Data that cannot be learned from: one line that says where, what was found, what was expected."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """A table: n rows, f features, the class of each row as an index into `class_names`."""

    name: str
    features: np.ndarray
    """(n, f) float64."""
    labels: np.ndarray
    """(n) int, 0..classes − 1."""
    class_names: tuple[str, ...]
    feature_names: tuple[str, ...]
    one_unit: bool = False
    """All features are in one unit (pixels): they are scaled together, so that faint ones stay faint."""


@dataclass(frozen=True, eq=False)
class Split:
    """What the chip sees. Rows of x are signed amplitudes in √mW, one column per port."""

    train_x: np.ndarray
    """(n_train, ports) float64."""
    train_y: np.ndarray
    """(n_train) int."""
    test_x: np.ndarray
    """(n_test, ports) float64."""
    test_y: np.ndarray
    """(n_test) int."""
    class_names: tuple[str, ...]

    @property
    def classes(self) -> int:
        """Number of classes."""
        return len(self.class_names)

    def require_outputs(self, outputs: int) -> None:
        """DataError where a last layer has fewer outputs than there are classes (class c sums ports i mod classes)."""
        if outputs < self.classes:
            found = f"{outputs} outputs in the last layer for {self.classes} classes"
            raise DataError(f"found {found}, expected at least one per class; set outputs: {self.classes} or more")


def load(name: str, *, base_dir: str | Path = ".", samples: int | None = None) -> Dataset:
    """A bundled set by name, or a CSV file relative to `base_dir`. DataError if there is none, or if it is no table.

    `samples`: points of a set that is drawn, if not the usual number.
    """
    if name.lower().endswith(".csv"):
        return load_csv(Path(base_dir) / name)
    makers: dict[str, Callable[[], Dataset]] = {
        **{drawn: partial(draw_points, drawn, samples or POINTS, DRAW_SEED) for drawn in DRAWN_DATASETS},
        "iris": lambda: _measured("iris"),
        "wine": lambda: _measured("wine"),
        "digits": lambda: _measured("digits"),
    }
    if name not in makers:
        mend = nearest(name, makers)
        expected = f"one of: {', '.join(DATASETS)}, or a .csv file" + (mend and f"; {mend}")
        raise DataError(f"data: found {shown(name)}, expected {expected}")
    return makers[name]()


def load_csv(path: Path) -> Dataset:
    """A table from a CSV file: a header, features in numbers, the class (a word or a number) in the last column."""
    place = str(path) if str(path).isprintable() else ascii(str(path))
    (header_line, header), *rows = _read_rows(path, place)
    _check_header(header, f"{place}:{header_line}")
    features = np.empty((len(rows), len(header) - 1))
    for index, (line, row) in enumerate(rows):
        if len(row) != len(header):
            raise DataError(f"{place}:{line}: found {len(row)} columns, expected {len(header)} as in the header")
        for column, text in enumerate(row[:-1]):
            features[index, column] = _feature(text, header[column], f"{place}:{line}:{column + 1}")
        if not row[-1]:
            raise DataError(f"{place}:{line}:{len(header)}: found no class, expected a word or a number")
    words = [row[-1] for _, row in rows]
    class_names = tuple(sorted(set(words), key=lambda word: (_number(word) is None, _number(word) or 0.0, word)))
    if len(class_names) < 2:
        raise DataError(f"{place}: found 1 class in column {shown(header[-1])}, expected at least 2")
    rare, count = min(Counter(words).items(), key=lambda item: item[1])
    if count < 2:
        raise DataError(f"{place}: found 1 row of class {shown(rare)}, expected at least 2 rows of each class")
    index_of = {word: index for index, word in enumerate(class_names)}
    return Dataset(path.stem, features, np.array([index_of[word] for word in words]), class_names, tuple(header[:-1]))


def prepare(
    dataset: Dataset,
    *,
    ports: int,
    bias: bool = True,
    pca: int | None = None,
    inputs: int | None = None,
    test_share: float = 0.3,
    seed: int = 0,
) -> Split:
    """Split, standardise and encode a data set for a first layer of `ports` ports.

    Classes keep their shares in both parts, and each has a row in both. `inputs` is what the network says it sees; a
    data set with another number of features is a DataError, and so are more features than `ports` less the bias.
    """
    test = held_out(dataset.labels, test_share, np.random.default_rng(seed))
    train_features, test_features = standardised(dataset, test, room=ports - bias, pca=pca, inputs=inputs)
    train_x, test_x = (_lit(part, ports, bias) for part in (train_features, test_features))
    scale = np.sqrt(ports * MEAN_POWER_PER_PORT_MW / np.mean(np.sum(train_x**2, axis=1)))
    return Split(scale * train_x, dataset.labels[~test], scale * test_x, dataset.labels[test], dataset.class_names)


def standardised(
    dataset: Dataset, test: np.ndarray, *, room: int, pca: int | None, inputs: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Features of the training part and of the test part, `test` (n) bool; principal components where asked for.

    Fitted on the training part only. DataError where there are not `inputs` of them, or more than `room`.
    """
    count = dataset.features.shape[1] if pca is None else pca
    _check_fit(dataset, count, room, pca, inputs)
    train_features, test_features = dataset.features[~test], dataset.features[test]
    if pca is not None and pca > len(train_features):
        raise DataError(f"{dataset.name}: found pca: {pca}, expected at most {len(train_features)}, its training rows")
    train_features, test_features = _standardised(train_features, test_features, together=dataset.one_unit)
    if not train_features.any():
        raise DataError(f"{dataset.name}: found features that never change, expected some that do")
    if pca is not None:
        train_features, test_features = _principal(train_features, test_features, pca)
    return train_features, test_features


def draw_points(
    name: str, count: int, seed: int, *, moons_noise: float = MOONS_NOISE, circles_ratio: float = CIRCLES_RATIO
) -> Dataset:
    """moons, circles or xor with so many points, drawn afresh for each seed."""
    from sklearn.datasets import make_circles, make_moons

    if name not in DRAWN_DATASETS:
        raise DataError(f"data: found {shown(name)}, expected one that is drawn: {', '.join(DRAWN_DATASETS)}")
    if name == "xor":
        return _xor(count, seed)
    if name == "moons":
        features, labels = make_moons(count, noise=moons_noise, random_state=seed)
        classes = ("upper", "lower")
    else:
        features, labels = make_circles(count, noise=CIRCLES_NOISE, factor=circles_ratio, random_state=seed)
        classes = ("outer", "inner")
    return Dataset(name, np.asarray(features), np.asarray(labels), classes, ("x", "y"))


def _xor(count: int, seed: int) -> Dataset:
    """Four clouds; those at opposite corners are of one class."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(4,)))
    corner = rng.permutation(np.arange(count) % 4)
    right, up = corner % 2, corner // 2
    centre = 0.25 + 0.5 * np.stack([right, up], axis=1)
    return Dataset(
        "xor", centre + XOR_NOISE * rng.standard_normal((count, 2)), right ^ up, ("same", "other"), ("x", "y")
    )


def _measured(name: str) -> Dataset:
    """Fisher's irises, the wines and the digits of the UCI repository, as scikit-learn carries them."""
    from sklearn import datasets

    bunch: Any = getattr(datasets, f"load_{name}")()
    classes = tuple(str(word) for word in bunch.target_names)
    features, labels = np.array(bunch.data, dtype=np.float64), np.array(bunch.target, dtype=np.int64)
    names = tuple(str(word) for word in bunch.feature_names)
    return Dataset(name, features, labels, classes, names, one_unit=name == "digits")


def _read_rows(path: Path, place: str) -> list[tuple[int, list[str]]]:
    """Line and stripped cells of each row that is not blank, the header first."""
    if not path.is_file():
        raise DataError(f"{place}: found {'a folder' if path.is_dir() else 'no such file'}, expected a CSV file")
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except UnicodeDecodeError:
        raise DataError(f"{place}: found bytes that are not UTF-8, expected a CSV file") from None
    except csv.Error as error:
        raise DataError(f"{place}: found broken CSV ({error}), expected a CSV file") from None
    except OSError as error:
        raise DataError(f"{place}: found no way to read it ({error.strerror}), expected a CSV file") from None
    rows = [(line, row) for line, row in rows if any(row)]
    if not rows:
        raise DataError(f"{place}: found an empty file, expected a header and rows")
    if len(rows) == 1:
        raise DataError(f"{place}: found a header and no rows, expected at least 2 rows of each class")
    return rows


def _check_header(header: list[str], place: str) -> None:
    if len(header) < 2:
        raise DataError(f"{place}: found 1 column, expected features and the class, with commas between them")
    for column, text in enumerate(header):
        if _number(text) is not None:
            raise DataError(f"{place}:{column + 1}: found the number {text}, expected a header that names the columns")


def _feature(text: str, name: str, place: str) -> float:
    number = _number(text)
    if number is None:
        raise DataError(f"{place}: found {shown(text)} in column {shown(name)}, expected a number")
    if not abs(number) <= LARGEST:
        raise DataError(f"{place}: found {text} in column {shown(name)}, expected a finite number; drop the row")
    return number


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _check_fit(dataset: Dataset, count: int, room: int, pca: int | None, inputs: int | None) -> None:
    features = dataset.features.shape[1]
    if count > room:
        found = f"{count} components" if pca is not None else f"{features} features"
        mend = "lower it" if pca is not None else f"set preprocess: {{pca: {room}}} and inputs: {room}"
        raise DataError(f"{dataset.name}: found {found}, expected at most {room}, the ports beside the bias; {mend}")
    if count > features or count < 1:
        raise DataError(f"{dataset.name}: found pca: {count}, expected 1 to {features}, its number of features")
    if inputs is not None and inputs != count:
        mend = f"set inputs: {count}" + (f", or preprocess: {{pca: {inputs}}}" if inputs < features else "")
        raise DataError(f"{dataset.name}: found {count} features, expected {inputs} (network.inputs); {mend}")


def held_out(labels: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """(n) bool, rows that are held out: the same share of every class, at least one row of each on both sides."""
    test = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        count = min(max(round(share * len(members)), 1), len(members) - 1)
        test[members[:count]] = True
    return test


def _standardised(train: np.ndarray, test: np.ndarray, *, together: bool) -> tuple[np.ndarray, np.ndarray]:
    """Mean 0 and deviation 1 over the training part; a feature that moves there by rounding only is 0.

    Together: one scale for all, which makes their root mean square deviation 1.
    """
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    moves = deviation > 1e-12 * np.abs(train).max(axis=0)
    if together:
        deviation = np.full_like(deviation, np.sqrt(np.mean(deviation**2)))
    per_unit = np.where(moves, 1 / np.where(moves, deviation, 1.0), 0.0)
    return (train - mean) * per_unit, (test - mean) * per_unit


def _principal(train: np.ndarray, test: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The first components of the training part, scaled together to rms 1.

    Each keeps its share: evened out one by one they lift the noise of the last ones, and iris lost 5 points by it.
    """
    from sklearn.decomposition import PCA

    pca = PCA(count, svd_solver="full").fit(train)
    train, test = pca.transform(train), pca.transform(test)
    rms = np.sqrt(np.mean(train**2))
    return train / rms, test / rms


def _lit(features: np.ndarray, ports: int, bias: bool) -> np.ndarray:
    """(n, ports): features, then the bias, then dark ports."""
    lit = np.zeros((len(features), ports))
    lit[:, : features.shape[1]] = features
    if bias:
        lit[:, features.shape[1]] = BIAS_AMPLITUDE
    return lit
