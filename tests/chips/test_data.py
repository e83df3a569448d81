"""Data comes as a checked table and leaves as light."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chips.data import MEAN_POWER_PER_PORT_MW, DataError, Dataset, draw_points, load, load_csv, prepare
from compiler.network import DATASETS

SHAPES = {
    "moons": (600, 2, 2),
    "circles": (600, 2, 2),
    "xor": (600, 2, 2),
    "iris": (150, 4, 3),
    "wine": (178, 13, 3),
    "digits": (1797, 64, 10),
}


@pytest.mark.parametrize("name", DATASETS)
def test_bundled_sets(name: str) -> None:
    data = load(name)
    rows, features, classes = SHAPES[name]
    assert (data.features.shape, data.features.dtype) == ((rows, features), np.float64)
    assert set(data.labels) == set(range(classes)) and len(data.class_names) == classes
    assert len(data.feature_names) == features
    np.testing.assert_array_equal(data.features, load(name).features)


def drawn(rows: int, features: int, classes: int, seed: int) -> Dataset:
    rng = np.random.default_rng(seed)
    labels = np.arange(rows) % classes
    names = tuple(f"f{k}" for k in range(features))
    return Dataset("drawn", rng.normal(3, 5, (rows, features)), labels, tuple("abcdef"[:classes]), names)


@settings(max_examples=40)
@given(
    st.integers(24, 90), st.integers(1, 15), st.integers(2, 6), st.booleans(), st.floats(0.05, 0.9), st.integers(0, 99)
)
def test_a_split_is_fair_and_lit(rows: int, features: int, classes: int, bias: bool, share: float, seed: int) -> None:
    data = drawn(rows, features, classes, seed)
    split = prepare(data, ports=16, bias=bias, test_share=share, seed=seed)
    again = prepare(data, ports=16, bias=bias, test_share=share, seed=seed)
    np.testing.assert_array_equal(split.train_x, again.train_x)
    np.testing.assert_array_equal(split.test_y, again.test_y)
    assert len(split.train_y) + len(split.test_y) == rows
    for label in range(classes):
        held, total = (split.test_y == label).sum(), (data.labels == label).sum()
        assert 1 <= held < total and abs(held - share * total) <= 1
    assert np.mean(np.sum(split.train_x**2, axis=1)) == pytest.approx(16 * MEAN_POWER_PER_PORT_MW)
    lit = split.train_x[:, :features]
    np.testing.assert_allclose(lit.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(lit.std(axis=0), lit.std(), rtol=1e-9)
    if bias:
        assert np.ptp(np.r_[split.train_x[:, features], split.test_x[:, features]]) == 0 < split.train_x[0, features]
    assert not split.train_x[:, features + bias :].any() and not split.test_x[:, features + bias :].any()


def test_nothing_is_fitted_on_what_is_held_out() -> None:
    data = load("wine")
    row = np.arange(len(data.labels), dtype=float)
    ramp = prepare(Dataset("ramp", row[:, None], data.labels, data.class_names, ("row",)), ports=2, seed=4)
    held = np.isin(row, np.interp(ramp.test_x[:, 0], np.sort(np.r_[ramp.train_x[:, 0], ramp.test_x[:, 0]]), row))
    moved = Dataset("moved", data.features * np.where(held, 100, 1)[:, None], data.labels, data.class_names, ("",) * 13)
    split, other = (prepare(part, ports=8, pca=7, seed=4) for part in (data, moved))
    np.testing.assert_allclose(split.train_x, other.train_x)
    assert np.abs(other.test_x).max() > 10 * np.abs(split.test_x).max()


def test_other_seeds_split_otherwise() -> None:
    data = load("iris")
    assert not np.array_equal(prepare(data, ports=6, seed=0).test_x, prepare(data, ports=6, seed=1).test_x)


def test_features_in_one_unit_keep_their_shares() -> None:
    data = drawn(60, 3, 2, 0)
    data.features[:, 1] *= 4
    apart = prepare(data, ports=4).train_x.std(axis=0)
    together = prepare(replace(data, one_unit=True), ports=4).train_x.std(axis=0)
    assert apart[1] == pytest.approx(apart[0])
    assert 3 < together[1] / together[0] < 5
    assert load("digits").one_unit, "pixels are in one unit"
    assert not load("wine").one_unit


def test_features_that_stand_still_are_dark() -> None:
    data = drawn(30, 3, 2, 0)
    data.features[:, 1] = 0.1
    split = prepare(data, ports=4)
    assert not split.train_x[:, 1].any() and np.isfinite(split.test_x).all()
    data.features[:] = 0.1
    with pytest.raises(DataError, match=r"^drawn: found features that never change, expected some that do$"):
        prepare(data, ports=4)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            {"ports": 8},
            "wine: found 13 features, expected at most 7, the ports beside the bias; "
            "set preprocess: {pca: 7} and inputs: 7",
        ),
        ({"ports": 8, "pca": 8}, "wine: found 8 components, expected at most 7, the ports beside the bias; lower it"),
        ({"ports": 16, "pca": 14}, "wine: found pca: 14, expected 1 to 13, its number of features"),
        (
            {"ports": 16, "inputs": 4},
            "wine: found 13 features, expected 4 (network.inputs); set inputs: 13, or preprocess: {pca: 4}",
        ),
        ({"ports": 16, "pca": 9, "test_share": 0.97}, "wine: found pca: 9, expected at most 5, its training rows"),
    ],
)
def test_what_does_not_fit(options: dict, text: str) -> None:
    with pytest.raises(DataError) as caught:
        prepare(load("wine"), **options)
    assert str(caught.value) == text


def test_a_class_needs_an_output() -> None:
    split = prepare(load("iris"), ports=6)
    split.require_outputs(3)
    with pytest.raises(DataError, match=r"found 2 outputs in the last layer for 3 classes, .*; set outputs: 3 or more"):
        split.require_outputs(2)


def test_reads_a_csv(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_bytes(b'\xef\xbb\xbfx,"y, mm",kind\r\n1,2,b\r\n\r\n-3e1, 4 ,a\r\n5,6,"b"\r\n7,8,a\r\n')
    data = load("points.csv", base_dir=tmp_path)
    assert (data.name, data.class_names, data.feature_names) == ("points", ("a", "b"), ("x", "y, mm"))
    np.testing.assert_array_equal(data.features, [[1, 2], [-30, 4], [5, 6], [7, 8]])
    np.testing.assert_array_equal(data.labels, [1, 0, 1, 0])
    path.write_text("x,kind\n1,10\n2,9\n3,10\n4,9\n")
    assert load_csv(path).class_names == ("9", "10")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", ": found an empty file, expected a header and rows"),
        ("\n\n", ": found an empty file, expected a header and rows"),
        ("x,c\n", ": found a header and no rows, expected at least 2 rows of each class"),
        ("x;c\n1;2\n", ":1: found 1 column, expected features and the class, with commas between them"),
        ("1,2,a\n3,4,b\n", ":1:1: found the number 1, expected a header that names the columns"),
        ("x,y,c\n1,2,a\n3,blue,b\n", ":3:2: found 'blue' in column 'y', expected a number"),
        ("x,y,c\n1,2,a\n3,,b\n", ":3:2: found '' in column 'y', expected a number"),
        ("x,y,c\n1,nan,a\n", ":2:2: found nan in column 'y', expected a finite number; drop the row"),
        ("x,y,c\n-inf,1,a\n", ":2:1: found -inf in column 'x', expected a finite number; drop the row"),
        ("x,y,c\n1,1e200,a\n", ":2:2: found 1e200 in column 'y', expected a finite number; drop the row"),
        ("x,y,c\n1,2,a\n\n1,2\n", ":4: found 2 columns, expected 3 as in the header"),
        ("x,y,c\n1,2,a,9\n", ":2: found 4 columns, expected 3 as in the header"),
        ("x,c\n1,\n", ":2:2: found no class, expected a word or a number"),
        ("x,c\n1,a\n2,a\n", ": found 1 class in column 'c', expected at least 2"),
        ("x,c\n1,a\n2,a\n3,b\n", ": found 1 row of class 'b', expected at least 2 rows of each class"),
        ('x,c\n1,"a\n', ": found broken CSV (unexpected end of data), expected a CSV file"),
        ("x,c\n1,\x00a\n2,a\n", None),
    ],
)
def test_what_is_no_table(text: str, complaint: str | None, tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text(text)
    with pytest.raises(DataError) as caught:
        load_csv(path)
    assert str(caught.value).isprintable()
    if complaint is not None:
        assert str(caught.value) == f"{path}{complaint}"


def test_what_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    cases = {
        "none.csv": f"{tmp_path}/none.csv: found no such file, expected a CSV file",
        "folder.csv": f"{tmp_path}/folder.csv: found a folder, expected a CSV file",
        "binary.csv": f"{tmp_path}/binary.csv: found bytes that are not UTF-8, expected a CSV file",
        "moon": "data: found 'moon', expected one of: moons, circles, xor, iris, wine, digits, or a .csv file; "
        "did you mean moons?",
    }
    for name, text in cases.items():
        with pytest.raises(DataError) as caught:
            load(name, base_dir=tmp_path)
        assert str(caught.value) == text


@settings(max_examples=100)
@given(st.text(alphabet=st.sampled_from(list("ab1,.\n\"'\t;-e\x00é\u2028")), max_size=60))
def test_no_text_raises_anything_else(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.csv"
    path.write_text("x,c\n1,a\n2,b\n3,a\n4,b\n" + text)
    try:
        data = load_csv(path)
    except DataError as error:
        assert str(error).isprintable()
    else:
        assert np.isfinite(prepare(data, ports=16).test_x).all()


def test_only_drawn_sets_are_drawn():
    with pytest.raises(DataError, match="found 'iris', expected one that is drawn: moons, circles, xor"):
        draw_points("iris", 10, 0)
