"""A design as a YAML file: read, with every complaint on one line that says where; and written.

    name: moons
    network:
      inputs: 2
      layers:
      - {outputs: 4, activation: modulator}
      - {outputs: 2}
    chip: {ports: 4, bias: first}
    train: {data: moons, preprocess: {pca: 2}}

Only the shape of a file is checked here (mappings, lists, keys), against the dataclasses of `compiler.network`. What a
value may be is said there; its complaints get their line and column here.
"""

from collections.abc import Collection
from dataclasses import MISSING, fields, replace
from io import StringIO
from pathlib import Path
from typing import Any

from compiler.network import ChipSpec, Design, Key, Layer, Network, SpecError, TrainSpec, nearest, shown
from compiler.words import Source, read_text
from pdk import registry

SHAPES = {
    (): "a mapping with name, network, chip and train",
    ("name",): "a name such as moons",
    ("network",): "a mapping with inputs and layers",
    ("network", "inputs"): "the number of features that the network sees",
    ("network", "layers"): "a list of layers such as - {outputs: 4, activation: sqrt}",
    ("network", "layers", 0): "a layer such as {outputs: 4, activation: sqrt}",
    ("network", "layers", 0, "outputs"): "the number of outputs of this layer",
    ("chip",): "a mapping such as {ports: 4}",
    ("train",): "a mapping such as {data: moons}",
    ("train", "data"): "a data set such as moons, or a .csv file beside the spec",
    ("train", "preprocess"): "a mapping such as {pca: 3}",
}
"""What belongs at a place that is missing or of the wrong shape (any list index stands as 0)."""

UNKNOWN = "an unknown key"
"""What is found at a key that nothing reads; its complaint points at the key, not at the value."""


def read_spec(path: str | Path, *, pdk: str | None = None, pdk_names: Collection[str] | None = None) -> Design:
    """The design that a file describes. Whatever is wrong with the file is a SpecError of one line.

    `pdk` stands in for the PDK that the file names. `pdk_names` are those that exist; None asks the registry.
    """
    name, text = read_text(Path(path), "a spec file")
    return parse_spec(text, name=name, base_dir=Path(path).parent, pdk=pdk, pdk_names=pdk_names)


def parse_spec(
    text: str,
    *,
    name: str = "spec",
    base_dir: Path = Path(),
    pdk: str | None = None,
    pdk_names: Collection[str] | None = None,
) -> Design:
    """The design in a text. `name` stands for the file in complaints; CSV files are looked for in `base_dir`."""
    source = Source(name)
    try:
        design = _design(source.read(text))
        if pdk is not None:
            design = replace(design, chip=replace(design.chip, pdk=pdk))
        _check_outside(design, base_dir, registry.names() if pdk_names is None else pdk_names)
    except SpecError as error:
        where = error.where or source.where(error.key, of_key=error.found == UNKNOWN)
        raise SpecError(error.key, error.found, error.expected, error.mend, where=where) from None
    return design


def write_spec(design: Design) -> str:
    """The YAML text that `read_spec` reads as the same design."""
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap

    def flow(data: dict[str, Any]) -> CommentedMap:
        mapping = CommentedMap(data)
        mapping.fa.set_flow_style()
        return mapping

    network, train = _values(design.network), _values(design.train)
    layers = [flow(_values(layer)) for layer in design.network.layers]
    pca = train.pop("preprocess_pca", None)
    if pca is not None:
        train["preprocess"] = flow({"pca": pca})
    data = {
        "name": network.pop("name"),
        "network": {"inputs": network.pop("inputs"), "layers": layers, "loss": network.pop("loss")},
        "chip": _values(design.chip),
        "train": train,
    }
    yaml = YAML()
    yaml.width = 1000
    stream = StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()


def _design(data: Any) -> Design:
    """The design in plain data."""
    top = _mapping(data, (), known=("name", "network", "chip", "train"), required=("name", "network", "train"))
    network = _section(top["network"], ("network",), Network, {"name": ""})
    layers = network["layers"]
    if not isinstance(layers, list):
        raise _misshapen(layers, ("network", "layers"))
    network["layers"] = tuple(
        Layer(**_section(layer, ("network", "layers", k), Layer, {})) for k, layer in enumerate(layers)
    )
    train = _section(top["train"], ("train",), TrainSpec, {"preprocess_pca": "preprocess"})
    preprocess = train.pop("preprocess", None)
    if preprocess is not None:
        preprocess = _mapping(preprocess, ("train", "preprocess"), known=("pca",), required=())
        train["preprocess_pca"] = preprocess.get("pca")
    chip = top.get("chip")
    chip = {} if chip is None else _section(chip, ("chip",), ChipSpec, {})
    return Design(Network(name=top["name"], **network), ChipSpec(**chip), TrainSpec(**train))


def _section(data: Any, key: Key, kind: type, renamed: dict[str, str]) -> dict[str, Any]:
    """A mapping whose keys are a dataclass's fields; `renamed` ones differ in a file, or are not there ("")."""
    names = {f.name: renamed.get(f.name, f.name) for f in fields(kind)}
    required = [names[f.name] for f in fields(kind) if f.default is MISSING and names[f.name]]
    return _mapping(data, key, known=[name for name in names.values() if name], required=required)


def _mapping(data: Any, key: Key, *, known: Collection[str], required: Collection[str]) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise _misshapen(data, key)
    for name in data:
        if name not in known:
            expected = f"{'one of: ' if len(known) > 1 else ''}{', '.join(known)}"
            raise SpecError((*key, name), UNKNOWN, expected, nearest(name, known))
    for name in required:
        if name not in data:
            raise SpecError((*key, name), "no such key", _shape((*key, name)), "add it")
    return dict(data)


def _misshapen(data: Any, key: Key) -> SpecError:
    found = "a mapping" if isinstance(data, dict) else "a list" if isinstance(data, list) else shown(data)
    return SpecError(key, found, _shape(key))


def _shape(key: Key) -> str:
    return SHAPES[tuple(0 if isinstance(part, int) else part for part in key)]


def _check_outside(design: Design, base_dir: Path, pdk_names: Collection[str]) -> None:
    """What a spec names but does not hold: a PDK, a CSV file."""
    pdk, data = design.chip.pdk, design.train.data
    if pdk not in pdk_names:
        raise SpecError(("chip", "pdk"), shown(pdk), f"one of: {', '.join(pdk_names)}", nearest(pdk, pdk_names))
    if data.lower().endswith(".csv") and not (base_dir / data).is_file():
        beside = [path.name for path in sorted(base_dir.glob("*.csv"))]
        found = f"{shown(data)}, which is not there"
        raise SpecError(("train", "data"), found, "a file beside the spec", nearest(data, beside))


def _values(part: Any) -> dict[str, Any]:
    """A dataclass's own fields, those that say nothing left out."""
    return {f.name: value for f in fields(part) if (value := getattr(part, f.name)) is not None}
