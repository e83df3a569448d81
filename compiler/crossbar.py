"""The crossbar: light of every input split to every neuron, a weight and a balanced photodiode pair at each meeting.

    fibre ─ scale ─ supply ─┬─ head ─ tree ─┬─ weight ─▶ plus, minus ──┐ row 0: photocurrents of all columns add on
                            │               └─ weight ─▶ plus, minus ──┼─┐ row 1  one wire per row
                            ├─ head ─ tree ─┬─ weight ─▶ plus, minus ──┘ │
                            │               └─ weight ─▶ plus, minus ────┘
                            └─ …            one column per input, the last one for the bias light

Nothing interferes but the two arms of a weight: powers are what counts. A layer has a forward bank; each layer but the
first a backward bank too, which carries the transpose (columns are the errors of its neurons, rows its inputs). The
`scale` modulator in front of a whole bank multiplies all of its columns by one number: with an error on it, the
monitors of the columns read error times input, which is the gradient of a weight.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from compiler import structures as test
from compiler.cells import cell
from compiler.names import TOP, leaf
from compiler.names import layer as layer_name
from compiler.netlist import Cell, Netlist
from pdk.contract import Pdk, Role

FORWARD, BACKWARD, READOUT = "forward", "backward", "readout"
WEIGHT = {"mzi": "weight_mzi", "pin": "weight_pin"}
"""Kind of weight element to its cell."""
INPUT_HEAD, NEURON_HEAD, OUTPUT_NEURON, MONITOR_TAP = "input_head", "neuron_head", "output_neuron", "monitor_tap"


@dataclass(frozen=True)
class Bank:
    """The size of one bank."""

    name: str
    """forward or backward."""
    columns: int
    rows: int
    head: str
    """Cell that lights its columns: INPUT_HEAD or NEURON_HEAD."""

    @property
    def cell(self) -> str:
        """Name of its cell."""
        return f"bank_{self.columns}x{self.rows}_{self.head.removesuffix('_head')}"

    @property
    def column_cell(self) -> str:
        """Name of the cell of one of its columns."""
        return f"column_{self.rows}_{self.head.removesuffix('_head')}"

    @property
    def supply_cell(self) -> str:
        """Name of its tree from fibre to columns: where its leaves stand depends on how wide a column is."""
        return f"supply_{self.columns}x{self.rows}_{self.head.removesuffix('_head')}"


def is_backward(bank: str) -> bool:
    """Whether a bank (`layer2.backward`) carries errors back."""
    return bank.endswith(f".{BACKWARD}")


def banks(inputs: tuple[int, ...], outputs: tuple[int, ...]) -> tuple[tuple[Bank, ...], ...]:
    """The banks of every layer, for the signals that enter and leave each (bias not counted)."""
    found = []
    for index, (into, out) in enumerate(zip(inputs, outputs, strict=True)):
        forward = Bank(FORWARD, into + 1, out, NEURON_HEAD if index else INPUT_HEAD)
        found.append((forward, Bank(BACKWARD, out, into, INPUT_HEAD)) if index else (forward,))
    return tuple(found)


def build(
    pdk: Pdk,
    *,
    inputs: tuple[int, ...],
    outputs: tuple[int, ...],
    weight: str = "mzi",
    io: str = "edge",
    structures: bool = False,
) -> Netlist:
    """The circuit of a crossbar chip, without waveguides. `inputs`, `outputs`: signals of each layer, without bias.

    `weight`: mzi or pin. `structures`: with the test structures of `compiler.structures` below it.
    """
    laser = Role.EDGE_COUPLER if io == "edge" else Role.GRATING_COUPLER
    layers = banks(inputs, outputs)
    circuit: dict[str, Cell] = {TOP: _chip(layers, outputs[-1], structures)}
    for of_layer in layers:
        circuit[layer_cell(of_layer)] = _layer(of_layer)
        for bank in of_layer:
            circuit[bank.cell] = _bank(pdk, bank, laser)
            circuit[bank.supply_cell] = tree(pdk, bank.columns)
            circuit[bank.column_cell] = _column(bank, weight)
            circuit[tree_cell(bank.rows)] = tree(pdk, bank.rows)
    circuit |= {
        readout_cell(outputs[-1]): _readout(pdk, outputs[-1], laser),
        f"readout_supply_{outputs[-1]}": tree(pdk, outputs[-1]),
        OUTPUT_NEURON: output_neuron(pdk),
        INPUT_HEAD: input_head(pdk),
        MONITOR_TAP: monitor_tap(pdk),
        WEIGHT[weight]: weight_mzi(pdk) if weight == "mzi" else weight_pin(pdk),
    }
    if len(layers) > 1:
        circuit[NEURON_HEAD] = neuron_head(pdk)
    if structures:
        circuit |= {test.STRUCTURES: test.structures(pdk, laser), test.BARE_MZI: test.bare_mzi(pdk)}
        circuit |= test.taps(pdk)
    return Netlist(TOP, circuit)


def needed(weight: str) -> tuple[Role, ...]:
    """Roles that a crossbar chip needs beside its fibre coupler."""
    own = (Role.PHASE_SHIFTER, Role.SPLITTER_2X2) if weight == "mzi" else ()
    return (
        Role.STRAIGHT,
        Role.BEND,
        Role.SPLITTER_1X2,
        *own,
        Role.BALANCE_TAP,
        Role.PHOTODIODE,
        Role.MODULATOR,
        Role.ATTENUATOR,
        Role.TERMINATION,
    )


def itself(weight: str) -> tuple[Role, ...]:
    """Those of them that no stand-in will do for: a PIN weight counts on decibels that grow with a diode's current,
    where an interferometer that stands in, well enough for a shutter, passes the squared cosine of half a phase."""
    return (Role.ATTENUATOR,) if weight == "pin" else ()


def weight_mzi(pdk: Pdk) -> Cell:
    """A weight w = cos θ: an interferometer whose two outputs meet a balanced pair of photodiodes.

    o1 ─┐           ┌─ theta ──────┐           ┌─▶ minus   sin²(θ/2)
         coupler_1 ─┤              ├─ coupler_2
    dark ┘          └─ theta_twin ─┘           └─▶ plus    cos²(θ/2)
    """
    shifter, splitter, diode = (pdk.roles[r] for r in (Role.PHASE_SHIFTER, Role.SPLITTER_2X2, Role.PHOTODIODE))
    parts = {"coupler_1": splitter, "dark": pdk.roles[Role.TERMINATION], "theta": shifter, "theta_twin": shifter}
    parts |= {"coupler_2": splitter, "plus": diode, "minus": diode}
    nets = [
        ("coupler_1,o1", "dark,o1"),
        ("coupler_1,o3", "theta,o1"),
        ("coupler_1,o4", "theta_twin,o1"),
        ("theta,o2", "coupler_2,o2"),
        ("theta_twin,o2", "coupler_2,o1"),
        ("coupler_2,o3", "minus,o1"),
        ("coupler_2,o4", "plus,o1"),
    ]
    return cell(parts, nets, {"o1": "coupler_1,o2"})


def weight_pin(pdk: Pdk) -> Cell:
    """A weight from two PIN attenuators driven against each other, behind them a balanced pair of photodiodes.

               ┌─ att_plus ──▶ plus
    o1 ─ split ┤                        w = (t_plus − t_minus) / (1 − t_least)
               └─ att_minus ─▶ minus
    """
    attenuator, diode = pdk.roles[Role.ATTENUATOR], pdk.roles[Role.PHOTODIODE]
    parts = {"split": pdk.roles[Role.SPLITTER_1X2], "att_plus": attenuator, "att_minus": attenuator}
    parts |= {"plus": diode, "minus": diode}
    nets = [("split,o2", "att_plus,o1"), ("split,o3", "att_minus,o1")]
    nets += [("att_plus,o2", "plus,o1"), ("att_minus,o2", "minus,o1")]
    return cell(parts, nets, {"o1": "split,o1"})


def monitor_tap(pdk: Pdk) -> Cell:
    """A tap whose photodiode sees the light that runs from left to right: what goes into a column.

    end ──o2        o3── pd
             tap
     o1 ──o1        o4── o2
    """
    tap, end, diode = (pdk.roles[r] for r in (Role.BALANCE_TAP, Role.TERMINATION, Role.PHOTODIODE))
    return cell(
        {"tap": tap, "end": end, "pd": diode},
        [("tap,o2", "end,o1"), ("tap,o3", "pd,o1")],
        {"o1": "tap,o1", "o2": "tap,o4"},
    )


def input_head(pdk: Pdk) -> Cell:
    """What lights a column from outside: o1 ─ shutter ─ modulator ─ monitor ─ o2."""
    parts = {
        "shutter": pdk.roles[Role.ATTENUATOR],
        "modulator": pdk.roles[Role.MODULATOR],
        "monitor": MONITOR_TAP,
    }
    nets = [("shutter,o2", "modulator,o1"), ("modulator,o2", "monitor,o1")]
    return cell(parts, nets, {"o1": "shutter,o1", "o2": "monitor,o2"})


def neuron_head(pdk: Pdk) -> Cell:
    """What lights a column for a hidden neuron: its activation modulator on fresh light, and that modulator's replica.

    The replica gets the same signal, raised and lowered a little; its photodiode reads the activation's slope.

    end ─ feed ─ replica ─▶ slope
     o1 ──┘ └─── shutter ─ modulator ─ monitor ─ o2
    """
    parts = {
        "feed": pdk.roles[Role.BALANCE_TAP],
        "end": pdk.roles[Role.TERMINATION],
        "replica": pdk.roles[Role.MODULATOR],
        "slope": pdk.roles[Role.PHOTODIODE],
        "shutter": pdk.roles[Role.ATTENUATOR],
        "modulator": pdk.roles[Role.MODULATOR],
        "monitor": MONITOR_TAP,
    }
    nets = [("feed,o2", "end,o1"), ("feed,o3", "replica,o1"), ("replica,o2", "slope,o1")]
    nets += [("feed,o4", "shutter,o1"), ("shutter,o2", "modulator,o1"), ("modulator,o2", "monitor,o1")]
    return cell(parts, nets, {"o1": "feed,o1", "o2": "monitor,o2"})


def output_neuron(pdk: Pdk) -> Cell:
    """The activation of an output neuron, read by a photodiode, and its replica.

               ┌─ modulator ─▶ output
    o1 ─ split ┤
               └─ replica ───▶ slope
    """
    modulator, diode = pdk.roles[Role.MODULATOR], pdk.roles[Role.PHOTODIODE]
    parts = {"split": pdk.roles[Role.SPLITTER_1X2], "modulator": modulator, "output": diode}
    parts |= {"replica": modulator, "slope": diode}
    nets = [("split,o2", "modulator,o1"), ("modulator,o2", "output,o1")]
    nets += [("split,o3", "replica,o1"), ("replica,o2", "slope,o1")]
    return cell(parts, nets, {"o1": "split,o1"})


def tree_cell(leaves: int) -> str:
    """Name of the tree from a head to the weights of a column."""
    return f"tree_{leaves}"


def depth(leaves: int) -> int:
    """Splitters between root and leaves."""
    return (leaves - 1).bit_length()


def tree(pdk: Pdk, leaves: int) -> Cell:
    """A tree of 1x2 splitters in which every leaf has the same number of them before it.

    It is a whole binary tree whose branches without a leaf end in a termination. `split_{first}_{last}` stands over
    those leaves of the whole tree, `end_{first}_{last}` in place of them. o1 is the root, o2 … are the leaves. A tree
    of one leaf is one splitter whose other branch ends, so that a cell never is a mere wire.
    """
    splitter, end = pdk.roles[Role.SPLITTER_1X2], pdk.roles[Role.TERMINATION]
    parts: dict[str, str] = {}
    nets: list[tuple[str, str]] = []
    ports: dict[str, str] = {}
    for first, last, parent in branches(leaves):
        name = f"split_{first}_{last}"
        if parent is None:
            parts[name], ports["o1"] = splitter, f"{name},o1"
            continue
        source = f"split_{parent[0]}_{parent[1]},{'o2' if first == parent[0] else 'o3'}"
        if first >= leaves:
            parts[f"end_{first}_{last}"] = end
            nets.append((source, f"end_{first}_{last},o1"))
        elif first == last:
            ports[leaf(first)] = source
        else:
            parts[name] = splitter
            nets.append((source, f"{name},o1"))
    return cell(parts, nets, {port: ports[port] for port in ("o1", *(leaf(row) for row in range(leaves)))})


def branches(leaves: int) -> Iterator[tuple[int, int, tuple[int, int] | None]]:
    """First and last leaf of every branch of a whole tree, and of the one it grows from; those past the leaves once."""
    stack: list[tuple[int, int, tuple[int, int] | None]] = [(0, max(2, 1 << depth(leaves)) - 1, None)]
    while stack:
        first, last, parent = stack.pop()
        yield first, last, parent
        if first < last and first < leaves:
            middle = (first + last) // 2
            stack += [(middle + 1, last, (first, last)), (first, middle, (first, last))]


def layer_cell(of_layer: tuple[Bank, ...]) -> str:
    """Name of a layer's cell."""
    return of_layer[0].cell.replace("bank", "layer")


def readout_cell(outputs: int) -> str:
    """Name of the cell of all output neurons."""
    return f"readout_{outputs}"


def _column(bank: Bank, weight: str) -> Cell:
    parts = {"head": bank.head, "tree": tree_cell(bank.rows)}
    nets = [("head,o2", "tree,o1")]
    for row in range(bank.rows):
        parts[f"w_{row}"] = WEIGHT[weight]
        nets.append((f"tree,{leaf(row)}", f"w_{row},o1"))
    return cell(parts, nets, {"o1": "head,o1"})


def _bank(pdk: Pdk, bank: Bank, laser: Role) -> Cell:
    parts = {"laser": pdk.roles[laser], "scale": pdk.roles[Role.MODULATOR], "supply": bank.supply_cell}
    nets = [("laser,o1", "scale,o1"), ("scale,o2", "supply,o1")]
    for column in range(bank.columns):
        parts[f"col_{column}"] = bank.column_cell
        nets.append((f"supply,{leaf(column)}", f"col_{column},o1"))
    return cell(parts, nets, {"o1": "laser,o2"})


def _readout(pdk: Pdk, outputs: int, laser: Role) -> Cell:
    parts = {"laser": pdk.roles[laser], "supply": f"readout_supply_{outputs}"}
    nets = [("laser,o1", "supply,o1")]
    for row in range(outputs):
        parts[f"out_{row}"] = OUTPUT_NEURON
        nets.append((f"supply,{leaf(row)}", f"out_{row},o1"))
    return cell(parts, nets, {"o1": "laser,o2"})


def _layer(of_layer: tuple[Bank, ...]) -> Cell:
    ports = {f"o{k + 1}": f"{bank.name},o1" for k, bank in enumerate(of_layer)}
    return cell({bank.name: bank.cell for bank in of_layer}, [], ports)


def _chip(layers: tuple[tuple[Bank, ...], ...], outputs: int, structures: bool) -> Cell:
    """Layers from first to last, the output neurons, test structures. Electronics joins them, not light."""
    parts: dict[str, str] = {}
    pins: list[str] = []
    for index, of_layer in enumerate(layers):
        parts[layer_name(index)] = layer_cell(of_layer)
        pins += [f"{layer_name(index)},o{k + 1}" for k in range(len(of_layer))]
    parts[READOUT] = readout_cell(outputs)
    pins.append(f"{READOUT},o1")
    if structures:
        parts[test.INSTANCE] = test.STRUCTURES
        pins += [f"{test.INSTANCE},o{k + 1}" for k in range(len(test.FIBRES))]
    return cell(parts, [], {f"o{k + 1}": pin for k, pin in enumerate(pins)})
