"""What a person asks for: a network, a chip that carries it, and how to train it. Checked when built.

    Design ── network: Network ── layers: Layer, Layer, …
       ├───── chip:    ChipSpec
       └───── train:   TrainSpec

`compiler.spec` builds the same values from a file; every complaint here names the key that a file would use.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

MIN_PORTS, MAX_PORTS = 2, 64
"""Ports of a mesh. Compiling takes seconds up to here; how many a die holds, its process says (`layouts.fits`)."""
MAX_LAYERS = 4

ACTIVATIONS = ("sqrt", "modulator", "soft_relu", "microdisk")
LOSSES = ("cross_entropy", "mse")
MAX_WIDTH = 32
"""Inputs and outputs of a crossbar's layer, the bias not counted."""

ARCHITECTURES = ("mesh", "crossbar")
CROSSBAR_ACTIVATIONS = ("modulator", "soft_relu")
"""What a crossbar's modulators can be driven to do; a square root and a micro-disk are the mesh's alone."""
WEIGHTS = ("mzi", "pin")
LINEARS = ("unitary", "svd")
BIASES = ("first", "all", "none")
IOS = ("edge", "grating")
BONDINGS = ("auto", "bump", "wire")
DATASETS = ("moons", "circles", "xor", "iris", "wine", "digits")
"""Data sets that come with the package (`chips.data` makes them); any other name is a CSV file."""
DRAWN_DATASETS = ("moons", "circles", "xor")
"""Those that are drawn at random, with as many points as one likes."""
USUAL_EPOCHS = {"mesh": 60, "crossbar": 300}
"""By architecture: a mesh takes several steps in an epoch, one for each batch, a crossbar one."""

Key = tuple[str | int, ...]
"""Where in a spec: keys and list indices from the top, such as ("network", "layers", 0, "outputs")."""


class SpecError(ValueError):
    """A design that cannot be: one line that says where, what was found, what was expected, how to mend it."""

    def __init__(self, key: Key, found: str, expected: str, mend: str = "", *, where: str = "") -> None:
        """`where` is file:line:column where a file was read."""
        self.key, self.found, self.expected, self.mend, self.where = key, found, expected, mend, where
        super().__init__(str(self))

    def __str__(self) -> str:
        parts = [part for part in (self.where, key_text(self.key)) if part]
        return ": ".join([*parts, f"found {self.found}, expected {self.expected}"]) + (self.mend and f"; {self.mend}")


@dataclass(frozen=True)
class Layer:
    """One layer: outputs that the next layer (or the read-out) sees, and what follows the photodiodes."""

    outputs: int
    activation: str | None = None
    """One of ACTIVATIONS. None for a mesh's last layer, whose powers are the class scores; on a crossbar the last layer
    has one too, modulator where a file says nothing."""
    gain: float | None = None
    """Of a crossbar's neurons: drive of the modulator in rad per unit current (that of one weight of 1 at full light);
    None: as the activation needs it (`chips.crossbar.setpoints`)."""


@dataclass(frozen=True)
class Network:
    """A feed-forward network of dense layers. Raises SpecError if it cannot be one."""

    name: str
    inputs: int
    """Features that the network sees, the bias not counted."""
    layers: tuple[Layer, ...]
    loss: str = "cross_entropy"

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(self.layers))
        name = self.name
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,31}", name, re.ASCII):
            raise SpecError(("name",), shown(name), "a letter, then up to 31 letters, digits, - or _")
        check_int(("network", "inputs"), self.inputs, 1, MAX_PORTS)
        if not 1 <= len(self.layers) <= MAX_LAYERS:
            raise SpecError(("network", "layers"), f"{len(self.layers)} layers", f"1 to {MAX_LAYERS}")
        last = len(self.layers) - 1
        for index, layer in enumerate(self.layers):
            key = ("network", "layers", index)
            check_int((*key, "outputs"), layer.outputs, 1, MAX_PORTS)
            if index < last or layer.activation is not None:
                check_word((*key, "activation"), layer.activation, ACTIVATIONS)
        check_word(("network", "loss"), self.loss, LOSSES)

    @property
    def layer_inputs(self) -> tuple[int, ...]:
        """Signals that enter each layer, the bias not counted."""
        return (self.inputs, *(layer.outputs for layer in self.layers[:-1]))

    @property
    def layer_outputs(self) -> tuple[int, ...]:
        """Signals that leave each layer."""
        return tuple(layer.outputs for layer in self.layers)


@dataclass(frozen=True)
class ChipSpec:
    """How the network becomes a circuit."""

    architecture: str = "mesh"
    """mesh: coherent, interferometers mix amplitudes; crossbar: incoherent, photocurrents of weights add on wires."""
    linear: str = "unitary"
    """unitary: one Clements mesh per layer; svd: mesh, attenuators, mesh. Mesh only."""
    weight: str = "mzi"
    """Weight element of a crossbar. mzi: interferometer, w = cos θ; pin: two attenuators driven against each other."""
    ports: int | None = None
    """Rows of every mesh; None: the smallest even number that holds every layer and its bias (`Design.ports`)."""
    bias: str | None = None
    """Which layers have a bias port: first (a mesh's default), all (a crossbar always has all) or none."""
    pdk: str = "generic"
    io: str = "edge"
    bonding: str = "auto"
    """How terminals reach the outside: bump, wire (pads at two edges), auto: wire where all pads and wires fit."""

    def __post_init__(self) -> None:
        check_word(("chip", "architecture"), self.architecture, ARCHITECTURES)
        check_word(("chip", "linear"), self.linear, LINEARS)
        check_word(("chip", "weight"), self.weight, WEIGHTS)
        if self.ports is not None:
            check_int(("chip", "ports"), self.ports, MIN_PORTS, MAX_PORTS)
        if self.bias is not None:
            check_word(("chip", "bias"), self.bias, BIASES)
        check_word(("chip", "io"), self.io, IOS)
        check_word(("chip", "bonding"), self.bonding, BONDINGS)
        if not isinstance(self.pdk, str) or not self.pdk:
            raise SpecError(("chip", "pdk"), shown(self.pdk), "the name of a PDK")


@dataclass(frozen=True)
class TrainSpec:
    """How the chip is trained. Numbers are assumed: with them the bundled sets reach a digital network's accuracy."""

    data: str
    """A name from DATASETS, or a CSV file beside the spec."""
    preprocess_pca: int | None = None
    """Principal components to keep (`preprocess: {pca: 3}` in a file); equals the network's inputs."""
    samples: int | None = None
    """Points of a set that is drawn (moons, circles, xor); None: 600."""
    epochs: int | None = None
    """None: as many as the architecture needs (`Design.epochs`)."""
    seed: int = 0
    batch_size: int = 32
    learning_rate: float = 0.05
    """Step of Adam in rad."""
    test_share: float = 0.3
    """Share of the rows that training never sees."""

    def __post_init__(self) -> None:
        data = self.data
        if not isinstance(data, str) or not (data in DATASETS or data.lower().endswith(".csv")):
            expected = f"one of: {', '.join(DATASETS)}, or a .csv file"
            raise SpecError(("train", "data"), shown(data), expected, nearest(data, DATASETS))
        if self.preprocess_pca is not None:
            check_int(("train", "preprocess", "pca"), self.preprocess_pca, 1, MAX_PORTS)
        if self.samples is not None:
            check_int(("train", "samples"), self.samples, 8, 1_000_000)
            if data not in DRAWN_DATASETS:
                expected = f"nothing: only {', '.join(DRAWN_DATASETS)} are drawn with as many points as one likes"
                raise SpecError(("train", "samples"), str(self.samples), expected, "leave it out")
        if self.epochs is not None:
            check_int(("train", "epochs"), self.epochs, 0, 1_000_000)
        check_int(("train", "seed"), self.seed, 0, 2**32 - 1)
        check_int(("train", "batch_size"), self.batch_size, 1, 1_000_000)
        check_float(("train", "learning_rate"), self.learning_rate, 0.0, 10.0)
        check_float(("train", "test_share"), self.test_share, 0.0, 1.0)


@dataclass(frozen=True)
class Design:
    """What one spec file says. Raises SpecError where network, chip and training do not fit each other."""

    network: Network
    chip: ChipSpec
    train: TrainSpec

    def __post_init__(self) -> None:
        if self.chip.architecture == "crossbar":
            self._check_crossbar()
        else:
            self._check_mesh()
        pca, inputs = self.train.preprocess_pca, self.network.inputs
        if pca is not None and pca != inputs:
            found = f"{pca} components for {inputs} network inputs"
            raise SpecError(("train", "preprocess", "pca"), found, "as many", f"set one of the two (pca: {inputs})")

    @property
    def ports(self) -> int:
        """Rows of every mesh: what `chip.ports` says, or the smallest even number that holds every layer."""
        if self.chip.ports is not None:
            return self.chip.ports
        needed = max(*self.layer_widths, *self.network.layer_outputs, MIN_PORTS)
        return needed + needed % 2

    @property
    def has_bias(self) -> tuple[bool, ...]:
        """Which layers have a bias port."""
        bias = self.chip.bias or ("all" if self.chip.architecture == "crossbar" else "first")
        return tuple(bias == "all" or (bias == "first" and k == 0) for k in range(len(self.network.layers)))

    @property
    def bias_ports(self) -> tuple[int | None, ...]:
        """Row of each layer's bias port, the one below its inputs; None where it has none."""
        pairs = zip(self.network.layer_inputs, self.has_bias, strict=True)
        return tuple(inputs if bias else None for inputs, bias in pairs)

    @property
    def layer_widths(self) -> tuple[int, ...]:
        """Rows that each layer lights: its inputs, and its bias port if it has one."""
        return tuple(inputs + bias for inputs, bias in zip(self.network.layer_inputs, self.has_bias, strict=True))

    @property
    def epochs(self) -> int:
        """Epochs that the spec asks for, or those that its architecture needs."""
        return USUAL_EPOCHS[self.chip.architecture] if self.train.epochs is None else self.train.epochs

    @property
    def activations(self) -> tuple[str | None, ...]:
        """What follows each layer; on a crossbar that is never nothing."""
        last = "modulator" if self.chip.architecture == "crossbar" else None
        return tuple(layer.activation or last for layer in self.network.layers)

    def _check_crossbar(self) -> None:
        for index, layer in enumerate(self.network.layers):
            key = ("network", "layers", index)
            check_int((*key, "outputs"), layer.outputs, 1, MAX_WIDTH)
            if layer.activation is not None:
                check_word((*key, "activation"), layer.activation, CROSSBAR_ACTIVATIONS)
            if layer.gain is not None:
                check_float((*key, "gain"), layer.gain, 0.0, 1000.0)
        check_int(("network", "inputs"), self.network.inputs, 1, MAX_WIDTH)
        if self.network.loss != "mse":
            expected = "mse: an error of a crossbar is a difference of two powers"
            raise SpecError(("network", "loss"), self.network.loss, expected, "set network.loss: mse")
        chip = self.chip
        if chip.ports is not None:
            expected = "none: a crossbar's banks are as wide as their layers"
            raise SpecError(("chip", "ports"), str(chip.ports), expected, "leave it out")
        if chip.bias not in (None, "all"):
            raise SpecError(("chip", "bias"), str(chip.bias), "all: every layer of a crossbar has bias light")
        if chip.linear != "unitary":
            raise SpecError(("chip", "linear"), chip.linear, "nothing: that is for meshes", "leave it out")
        if chip.bonding == "wire":
            expected = "auto or bump: weights stand too dense for pads at the edges"
            raise SpecError(("chip", "bonding"), chip.bonding, expected, "leave it out")

    def _check_mesh(self) -> None:
        last = len(self.network.layers) - 1
        if (activation := self.network.layers[last].activation) is not None:
            key = ("network", "layers", last, "activation")
            raise SpecError(key, shown(activation), "none after the last layer of a mesh", "leave it out")
        for index, layer in enumerate(self.network.layers):
            if layer.gain is not None:
                key = ("network", "layers", index, "gain")
                raise SpecError(key, shown(layer.gain), "nothing: that is for crossbars", "leave it out")
        if self.chip.weight != "mzi":
            raise SpecError(("chip", "weight"), self.chip.weight, "nothing: that is for crossbars", "leave it out")
        ports, given = self.ports, self.chip.ports is not None
        limit = ports if given else MAX_PORTS
        room = f"at most {limit}" + (" (chip.ports)" if given else " ports")
        mend = (f"raise chip.ports (up to {MAX_PORTS}) or " if given else "") + "make the layer narrower"
        for index, layer in enumerate(self.network.layers):
            if layer.outputs > limit:
                raise SpecError(("network", "layers", index, "outputs"), f"{layer.outputs} outputs", room, mend)
            if self.layer_widths[index] > limit:
                inputs = self.network.layer_inputs[index]
                found = f"{inputs} inputs" + (" and a bias port" if self.has_bias[index] else "")
                key = ("network", "layers", index - 1, "outputs") if index else ("network", "inputs")
                raise SpecError(key, found, room, mend)


def check_int(key: Key, value: Any, low: int, high: int) -> None:
    """SpecError unless the value is an integer in low..high."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise SpecError(key, shown(value), f"a whole number from {low} to {high}")


def check_float(key: Key, value: Any, low: float, high: float) -> None:
    """SpecError unless the value is a number strictly between low and high."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low < value < high:
        raise SpecError(key, shown(value), f"a number between {low:g} and {high:g}")


def check_word(key: Key, value: Any, words: Collection[str]) -> None:
    """SpecError unless the value is one of the words."""
    if not isinstance(value, str) or value not in words:
        raise SpecError(key, shown(value), f"one of: {', '.join(words)}", nearest(value, words))


def nearest(found: object, words: Collection[str]) -> str:
    """`did you mean …?`, or nothing where no word is near."""
    if not isinstance(found, str):
        return ""
    lower = {word.lower(): word for word in words}
    near = get_close_matches(found.lower(), lower, n=1, cutoff=0.5)
    return f"did you mean {lower[near[0]]}?" if near else ""


def shown(value: object) -> str:
    """A value from a person's file on one short line: what text cannot do to a terminal, repr undoes."""
    if value is None:
        return "nothing"
    try:
        text = repr(value) if isinstance(value, str) else ascii(value)
    except ValueError:  # Python writes no integer of more than 4300 digits
        text = "a number of thousands of digits"
    return text if len(text) <= 40 else text[:36] + " ..."


def key_text(key: Key) -> str:
    """network.layers[0].outputs"""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in key).lstrip(".")
