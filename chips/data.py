"""Data for a chip: a table of features and classes, split and turned into light.

    load("moons")            →  Dataset   features as they were measured
    prepare(dataset, …)      →  Split     signed amplitudes in √mW, one per port of the first layer

Encoding: features are standardised (principal components where asked), fitted on the training part only; each is a
signed amplitude (a push-pull modulator gives both signs), the bias port has a fixed amplitude, all is scaled so that
the training samples have a fixed mean power, and the ports that are left stay dark.
"""

import csv
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from compiler.network import DATASETS, nearest, shown

BIAS_AMPLITUDE = 1.0
"""Bias port relative to a standardised feature (rms 1). Assumed: prototypes trained alike from 0.7 to 2."""
MEAN_POWER_MW = 1.0
"""Light that enters a layer, all ports together, mean over the training part. Assumed: sets the scale of powers."""
POINTS = 600
"""Points of the sets that are drawn (moons, circles)."""
MOONS_NOISE = 0.15
CIRCLES_NOISE = 0.1
DRAW_SEED = 7
"""Seed of the drawn sets: the same points for everyone."""


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


def load(name: str, *, base_dir: str | Path = ".") -> Dataset:
    """A bundled set by name, or a CSV file relative to `base_dir`. DataError if there is none, or if it is no table."""
    if name.lower().endswith(".csv"):
        return load_csv(Path(base_dir) / name)
    makers: dict[str, Callable[[], Dataset]] = {
        "moons": _moons,
        "circles": _circles,
        "iris": lambda: _measured("iris"),
        "wine": lambda: _measured("wine"),
        "digits": lambda: _measured("digits"),
    }
    if name not in makers:
        mend = nearest(name, makers)
        raise DataError(
            f"data: found {shown(name)}, expected one of: {', '.join(DATASETS)}, or a .csv file" + (mend and f"; {mend}")
        )
    return makers[name]()


def load_csv(path: Path) -> Dataset:
    """A table from a CSV file: a header, features in numbers, the class (a word or a number) in the last column."""
    header, rows = _read_rows(path)
    if len(header) < 2:
        raise DataError(f"{path}:1: found {len(header)} column, expected at least one feature and the class")
    for column, text in enumerate(header):
        if _number(text) is not None:
            raise DataError(f"{path}:1:{column + 1}: found the number {text}, expected a header with the columns' names")
    features = np.empty((len(rows), len(header) - 1))
    for index, (line, row) in enumerate(rows):
        if len(row) != len(header):
            raise DataError(f"{path}:{line}: found {len(row)} columns, expected {len(header)} as in the header")
        for column, text in enumerate(row[:-1]):
            where = f"{path}:{line}:{column + 1}"
            number = _number(text)
            if number is None:
                raise DataError(f"{where}: found {shown(text)} in column {shown(header[column])}, expected a number")
            if not np.isfinite(number):
                raise DataError(f"{where}: found {text.strip()}, expected a finite number; drop the row or fill it in")
            features[index, column] = number
        if not row[-1].strip():
            raise DataError(f"{path}:{line}:{len(header)}: found no class, expected a word or a number")
    words = [row[-1].strip() for _, row in rows]
    class_names = tuple(sorted(set(words), key=lambda word: (_number(word) is None, _number(word) or 0.0, word)))
    if len(class_names) < 2:
        raise DataError(f"{path}: found {len(class_names)} class in column {shown(header[-1])}, expected at least two")
    rare, count = min(Counter(words).items(), key=lambda item: item[1])
    if count < 2:
        raise DataError(f"{path}: found {count} row of class {shown(rare)}, expected at least 2 rows of each class")
    labels = np.array([class_names.index(word) for word in words])
    return Dataset(path.stem, features, labels, class_names, tuple(header[:-1]))


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
    count = dataset.features.shape[1] if pca is None else pca
    _check_fit(dataset, count, ports - bias, pca, inputs)
    test = _held_out(dataset.labels, test_share, np.random.default_rng(seed))
    train_features, test_features = _standardised(dataset.features[~test], dataset.features[test])
    if pca is not None:
        train_features, test_features = _principal(train_features, test_features, pca)
    train_x, test_x = (_lit(part, ports, bias) for part in (train_features, test_features))
    scale = np.sqrt(MEAN_POWER_MW / np.mean(np.sum(train_x**2, axis=1)))
    return Split(scale * train_x, dataset.labels[~test], scale * test_x, dataset.labels[test], dataset.class_names)


def _moons() -> Dataset:
    from sklearn.datasets import make_moons

    features, labels = make_moons(POINTS, noise=MOONS_NOISE, random_state=DRAW_SEED)
    return Dataset("moons", features, labels, ("upper", "lower"), ("x", "y"))


def _circles() -> Dataset:
    from sklearn.datasets import make_circles

    features, labels = make_circles(POINTS, noise=CIRCLES_NOISE, factor=0.5, random_state=DRAW_SEED)
    return Dataset("circles", features, labels, ("outer", "inner"), ("x", "y"))


def _measured(name: str) -> Dataset:
    """Fisher's irises, the wines and the digits of the UCI repository, as scikit-learn carries them."""
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{name}")()
    classes = tuple(str(word) for word in bunch.target_names)
    features = np.asarray(bunch.data, dtype=float)
    return Dataset(name, features, np.asarray(bunch.target), classes, tuple(str(word) for word in bunch.feature_names))


def _read_rows(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header, and each row that is not blank with its line."""
    if not path.is_file():
        raise DataError(f"{path}: found {'a folder' if path.is_dir() else 'no such file'}, expected a CSV file")
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except UnicodeDecodeError:
        raise DataError(f"{path}: found bytes that are not UTF-8, expected a CSV file") from None
    except csv.Error as error:
        raise DataError(f"{path}: found broken CSV ({error}), expected a CSV file") from None
    except OSError as error:
        raise DataError(f"{path}: found no way to read it ({error.strerror}), expected a CSV file") from None
    if not rows:
        raise DataError(f"{path}: found an empty file, expected a header and rows")
    if len(rows) == 1:
        raise DataError(f"{path}: found a header and no rows, expected at least 2 rows of each class")
    return [cell.strip() for cell in rows[0][1]], rows[1:]


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
        raise DataError(f"{dataset.name}: found {found} for {room} ports beside the bias, expected at most {room}; {mend}")
    if count > features or count < 1:
        raise DataError(f"{dataset.name}: found pca: {count}, expected 1 to {features}, its number of features")
    if inputs is not None and inputs != count:
        mend = f"set inputs: {count}" + (f", or preprocess: {{pca: {inputs}}}" if inputs < features else "")
        raise DataError(f"{dataset.name}: found {count} features, expected {inputs} (network.inputs); {mend}")


def _held_out(labels: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """(n) bool: the same share of every class, at least one row of each on both sides."""
    test = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        count = min(max(round(share * len(members)), 1), len(members) - 1)
        test[members[:count]] = True
    return test


def _standardised(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean 0 and deviation 1 over the training part; a feature that never changes there is 0."""
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    deviation = np.where(deviation > 0, deviation, 1.0)
    return (train - mean) / deviation, (test - mean) / deviation


def _principal(train: np.ndarray, test: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The first components of the training part, each standardised again."""
    from sklearn.decomposition import PCA

    pca = PCA(count, svd_solver="full").fit(train)
    return _standardised(pca.transform(train), pca.transform(test))


def _lit(features: np.ndarray, ports: int, bias: bool) -> np.ndarray:
    """(n, ports): features, then the bias, then dark ports."""
    lit = np.zeros((len(features), ports))
    lit[:, : features.shape[1]] = features
    if bias:
        lit[:, features.shape[1]] = BIAS_AMPLITUDE
    return lit
