"""A layer of the network as one block: laser, feed trees, boundary cells, and the linear part between them."""

from compiler.cells import ATTENUATOR, INPUT, OUTPUT, cell
from compiler.mesh import escape_dump_in, escape_dump_out, escape_signal_in, escape_signal_out
from compiler.names import layer as layer_name
from compiler.names import leaf, left, right
from compiler.netlist import Cell
from compiler.structures import FIBRES, INSTANCE, STRUCTURES
from pdk.contract import Pdk, Role

ESCAPE = "escape"


def mesh_cell(ports: int) -> str:
    """Name of the mesh cell for a number of ports."""
    return f"mesh_{ports}"


def feed_cell(leaves: int) -> str:
    """Name of the feed tree cell for a number of leaves."""
    return f"feed_{leaves}"


def unitary(pdk: Pdk, ports: int, io: Role) -> Cell:
    """One mesh between input and output cells.

    laser ─ split ─ feed_in ─ in_i ─ mesh ─ out_i ─ feed_out
              └──────────── over the top ─────────────┘
    """
    parts, nets = _sources(pdk, ports, ports, io)
    parts["mesh"] = mesh_cell(ports)
    for row in range(ports):
        nets += [(f"in_{row},o2", f"mesh,{left(ports, row)}"), (f"mesh,{right(ports, row)}", f"out_{row},o1")]
    parts |= {f"out_{row}": OUTPUT for row in range(ports)}
    nets += _outputs([f"out_{row}" for row in range(ports)])
    return cell(parts, nets, {"o1": "laser,o2"})


def svd(pdk: Pdk, ports: int, io: Role) -> Cell:
    """Mesh, attenuators, mesh. Each attenuator's dump has an output cell of its own, above those of the signals."""
    parts, nets = _sources(pdk, ports, 2 * ports, io)
    parts |= {"mesh_v": mesh_cell(ports), ESCAPE: ESCAPE, "mesh_u": mesh_cell(ports)}
    for row in range(ports):
        att = f"att_{row}"
        parts[att] = ATTENUATOR
        nets += [
            (f"in_{row},o2", f"mesh_v,{left(ports, row)}"),
            (f"mesh_v,{right(ports, row)}", f"{att},o1"),
            (f"{att},o2", f"{ESCAPE},{escape_signal_in(ports, row)}"),
            (f"{att},o3", f"{ESCAPE},{escape_dump_in(ports, row)}"),
            (f"{ESCAPE},{escape_signal_out(ports, row)}", f"mesh_u,{left(ports, row)}"),
            (f"mesh_u,{right(ports, row)}", f"out_{row},o1"),
        ]
    for row in range(ports):
        parts[f"dump_{row}"] = OUTPUT
        nets.append((f"{ESCAPE},{escape_dump_out(ports, row)}", f"dump_{row},o1"))
    parts |= {f"out_{row}": OUTPUT for row in range(ports)}
    nets += _outputs([f"dump_{row}" for row in range(ports)] + [f"out_{row}" for row in range(ports)])
    return cell(parts, nets, {"o1": "laser,o2"})


def chip(layers: int, structures: bool = False) -> Cell:
    """All layers, one above the other, and the test structures below them.

    Light never runs between them: electronics reads one and drives the next.
    """
    names = [layer_name(k) for k in range(layers)]
    parts = dict.fromkeys(names, "layer")
    ports = [f"{name},o1" for name in names]
    if structures:
        parts[INSTANCE] = STRUCTURES
        ports += [f"{INSTANCE},o{k + 1}" for k in range(len(FIBRES))]
    return cell(parts, [], {f"o{k + 1}": pin for k, pin in enumerate(ports)})


def _sources(pdk: Pdk, inputs: int, outputs: int, io: Role) -> tuple[dict[str, str], list[tuple[str, str]]]:
    parts = {
        "laser": pdk.roles[io],
        "split": pdk.roles[Role.SPLITTER_2X2],
        "split_end": pdk.roles[Role.TERMINATION],
        "feed_in": feed_cell(inputs),
        "feed_out": feed_cell(outputs),
    }
    nets = [("laser,o1", "split,o2"), ("split,o1", "split_end,o1")]
    nets += [("split,o4", "feed_in,o1"), ("split,o3", "feed_out,o1")]
    for row in range(inputs):
        parts[f"in_{row}"] = INPUT
        nets.append((f"feed_in,{leaf(row)}", f"in_{row},o1"))
    return parts, nets


def _outputs(order: list[str]) -> list[tuple[str, str]]:
    return [(f"{name},o2", f"feed_out,{leaf(row)}") for row, name in enumerate(order)]
