"""A spec file says what it means, or says on one line what is wrong with it."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.network import ACTIVATIONS, DATASETS, ChipSpec, Design, Layer, Network, SpecError, TrainSpec
from compiler.spec import parse_spec, read_spec, write_spec
from compiler.words import MAX_BYTES

SPEC = """\
name: moons
network:
  inputs: 2
  layers:
    - {outputs: 4, activation: modulator}
    - {outputs: 2}
  loss: cross_entropy
chip:
  ports: 4
  pdk: generic
train:
  data: moons
  preprocess: {pca: 2}
  seed: 3
"""

DESIGN = Design(
    Network("moons", 2, (Layer(4, "modulator"), Layer(2))), ChipSpec(ports=4), TrainSpec("moons", 2, seed=3)
)

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_reads_what_is_written_there(tmp_path: Path) -> None:
    path = tmp_path / "moons.yml"
    path.write_bytes(b"\xef\xbb\xbf" + SPEC.replace("\n", "\r\n").encode())
    assert read_spec(path) == DESIGN
    assert parse_spec(SPEC.replace("chip:\n  ports: 4\n  pdk: generic\n", "chip:\n")).chip == ChipSpec()


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yml")), ids=lambda path: path.stem)
def test_examples_are_specs(path: Path) -> None:
    assert read_spec(path).network.name == path.stem


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        # keys
        (
            "inputs:",
            "input:",
            "3:3: network.input: found an unknown key, expected one of: inputs, layers, loss; did you mean inputs?",
        ),
        ("pca:", "pcs:", "13:16: train.preprocess.pcs: found an unknown key, expected pca; did you mean pca?"),
        (
            "  inputs: 2\n",
            "",
            "3:3: network.inputs: found no such key, expected the number of features that the network sees; add it",
        ),
        ("name: moons\n", "", "1:1: name: found no such key, expected a name such as moons; add it"),
        (
            "outputs: 2",
            "",
            "6:7: network.layers[1].outputs: found no such key, expected the number of outputs of this layer; add it",
        ),
        (
            "  data: moons\n",
            "",
            "12:3: train.data: found no such key, expected a data set such as moons, or a .csv file "
            "beside the spec; add it",
        ),
        ("  seed: 3", "  data: iris", "14:3: train.data: found the same key twice, expected each key once; delete one"),
        ("name: moons", "? [1]\n: 2", "1:3: found a list or mapping as a key, expected a word"),
        # types
        ("inputs: 2", "inputs: two", "3:11: network.inputs: found 'two', expected a whole number from 1 to 64"),
        ("inputs: 2", "inputs: '2'", "3:11: network.inputs: found '2', expected a whole number from 1 to 64"),
        ("inputs: 2", "inputs: 2.0", "3:11: network.inputs: found 2.0, expected a whole number from 1 to 64"),
        ("inputs: 2", "inputs: true", "3:11: network.inputs: found True, expected a whole number from 1 to 64"),
        ("inputs: 2", "inputs:", "3:3: network.inputs: found nothing, expected a whole number from 1 to 64"),
        ("inputs: 2", "inputs: [2]", "3:11: network.inputs: found [2], expected a whole number from 1 to 64"),
        ("name: moons", "name: 5", "1:7: name: found 5, expected a letter, then up to 31 letters, digits, - or _"),
        ("{pca: 2}", "2", "13:15: train.preprocess: found 2, expected a mapping such as {pca: 3}"),
        (
            "{outputs: 2}",
            "2",
            "6:7: network.layers[1]: found 2, expected a layer such as {outputs: 4, activation: sqrt}",
        ),
        (
            "seed: 3",
            "seed: " + "9" * 5000,
            f"14:9: train.seed: found '{'9' * 35} ..., expected a whole number from 0 to 4294967295",
        ),
        # sizes
        ("ports: 4", "ports: 0", "9:10: chip.ports: found 0, expected a whole number from 2 to 64"),
        ("ports: 4", "ports: 65", "9:10: chip.ports: found 65, expected a whole number from 2 to 64"),
        (
            "outputs: 4",
            "outputs: 6",
            "5:17: network.layers[0].outputs: found 6 outputs, expected at most 4 (chip.ports); "
            "raise chip.ports (up to 64) or make the layer narrower",
        ),
        (
            "ports: 4",
            "ports: 2",
            "5:17: network.layers[0].outputs: found 4 outputs, expected at most 2 (chip.ports); "
            "raise chip.ports (up to 64) or make the layer narrower",
        ),
        # words
        (
            "modulator",
            "modulater",
            "5:32: network.layers[0].activation: found 'modulater', expected one of: sqrt, "
            "modulator, soft_relu, microdisk; did you mean modulator?",
        ),
        (
            ", activation: modulator",
            "",
            "5:7: network.layers[0].activation: found nothing, expected one of: sqrt, modulator, soft_relu, microdisk",
        ),
        (
            "data: moons",
            "data: moon",
            "12:9: train.data: found 'moon', expected one of: moons, circles, xor, iris, wine, "
            "digits, or a .csv file; did you mean moons?",
        ),
        (
            "data: moons",
            "data: my.csv",
            "12:9: train.data: found 'my.csv', which is not there, expected a file beside the spec",
        ),
        ("generic", "genric", "10:8: chip.pdk: found 'genric', expected one of: generic; did you mean generic?"),
        (
            "ports: 4",
            "architecture: crossbars",
            "9:17: chip.architecture: found 'crossbars', expected one of: mesh, crossbar; did you mean crossbar?",
        ),
        # YAML
        (
            "  seed",
            "\tseed",
            "14:1: found broken YAML (found character '\\t' that cannot start any token), expected a "
            "spec; indent with spaces, not tabs",
        ),
        ("{pca: 2}", "{pca: 2", "14:7: found broken YAML (expected ',' or '}', but got ':'), expected a spec"),
        (SPEC, "", " found an empty file, expected name, network, chip and train"),
        (SPEC, "# only a remark\n", " found an empty file, expected name, network, chip and train"),
        (SPEC, "- 1\n", "1:1: found a list, expected a mapping with name, network, chip and train"),
        ("seed: 3", "seed: " + "[" * 5000, " found lists in lists without end, expected a spec"),
        ("seed: 3", "seed: &a [*a]", " found lists in lists without end, expected a spec"),
        ("seed: 3", "seed: [" + "1, " * 20000 + "]", " found more than 10000 entries, expected a spec"),
        (
            "name: moons",
            "name: \x00",
            " found broken YAML (unacceptable character #x0000: special characters are not allowed), expected a spec",
        ),
    ],
)
def test_what_is_wrong(old: str, new: str, text: str) -> None:
    assert old in SPEC
    with pytest.raises(SpecError) as caught:
        parse_spec(SPEC.replace(old, new, 1), name="moons.yml", pdk_names=("generic",))
    assert str(caught.value) == f"moons.yml:{text}"


def test_a_pdk_that_is_asked_for_stands_in_for_the_specs() -> None:
    text = SPEC.replace("pdk: generic", "pdk: gone")
    with pytest.raises(SpecError, match="found 'gone', expected one of"):
        parse_spec(text)
    assert parse_spec(text, pdk="generic").chip == parse_spec(SPEC).chip
    with pytest.raises(SpecError, match="found 'gone', expected one of"):
        parse_spec(SPEC, pdk="gone")


def test_what_is_no_file(tmp_path: Path) -> None:
    binary, large = tmp_path / "chip.gds", tmp_path / "large.yml"
    binary.write_bytes(b"\x00\x06\x00\x02\x02X\xff\xfe")
    large.write_bytes(b"#" * (MAX_BYTES + 1))
    cases = {
        tmp_path / "none.yml": "found no such file, expected a spec file",
        tmp_path: "found a folder, expected a spec file",
        binary: "found byte 0xff at 6, which is not UTF-8, expected a text file",
        large: "found more than 1000000 bytes, expected a spec file",
    }
    for path, text in cases.items():
        with pytest.raises(SpecError) as caught:
            read_spec(path)
        assert str(caught.value) == f"{path}: {text}"
    for path in (tmp_path / ("x" * 5000), Path("a\nb.yml"), Path("a\x00b.yml")):
        with pytest.raises(SpecError) as caught:
            read_spec(path)
        assert str(caught.value).isprintable()


def test_a_csv_stands_beside_the_spec(tmp_path: Path) -> None:
    (tmp_path / "points.csv").touch()
    path = tmp_path / "points.yml"
    path.write_text(SPEC.replace("data: moons", "data: points.csv"))
    assert read_spec(path).train.data == "points.csv"
    path.write_text(SPEC.replace("data: moons", "data: point.csv"))
    with pytest.raises(SpecError, match=r"found 'point.csv', which is not there.*; did you mean points.csv\?$"):
        read_spec(path)


SYNTAX = "\t \n : - [ ] { } & * ! | > ' \" % @ ` # ? , ~ << 0x1 1e9 -1 .nan 2001-01-01 null é \x85"
PARTS = [*SPEC.split(), *SYNTAX.split(" ")]


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(st.integers(0, len(SPEC)), st.integers(0, 8), st.sampled_from(PARTS) | st.text(max_size=5)),
        max_size=4,
    )
)
def test_no_mutation_raises_anything_else(edits: list[tuple[int, int, str]]) -> None:
    text = SPEC
    for start, drop, put in edits:
        text = text[:start] + put + text[start + drop :]
    try:
        design = parse_spec(text)
    except SpecError as error:
        assert str(error).isprintable() and len(str(error)) < 400, str(error)
    else:
        assert parse_spec(write_spec(design)) == design


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(raw: bytes) -> None:
    with pytest.raises(SpecError) as caught:
        parse_spec(raw.decode("utf-8", errors="replace"))
    assert str(caught.value).isprintable()


@given(
    st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,31}", fullmatch=True),
    st.lists(st.tuples(st.integers(1, 15), st.sampled_from(ACTIVATIONS)), min_size=1, max_size=4),
    st.sampled_from(["unitary", "svd"]),
    st.sampled_from(DATASETS),
    st.floats(1e-9, 9),
    st.integers(0, 2**32 - 1),
)
def test_round_trip(name: str, layers: list[tuple[int, str]], linear: str, data: str, rate: float, seed: int) -> None:
    hidden = [Layer(*layer) for layer in layers[:-1]]
    network = Network(name, 2, (*hidden, Layer(layers[-1][0])), "mse")
    design = Design(network, ChipSpec(linear=linear, io="grating"), TrainSpec(data, seed=seed, learning_rate=rate))
    assert parse_spec(write_spec(design)) == design
