"""Blocks with many rows: the Clements mesh, and the grid that leads an SVD layer's dumps out of it."""

from compiler.cells import EDGE, MZI, cell
from compiler.decompose import columns
from compiler.names import left, right
from compiler.netlist import Cell
from pdk.contract import Pdk, Role


def mesh(ports: int) -> Cell:
    """Rectangular mesh of Clements et al., Optica 3, 1460 (2016): `mzi_{column}_{upper row}`, bare rows `edge_…`."""
    parts: dict[str, str] = {}
    nets: list[tuple[str, str]] = []
    first: list[str] = []
    front: list[str] = [""] * ports

    def enter(row: int, pin: str, leave: str) -> None:
        if front[row]:
            nets.append((front[row], pin))
        else:
            first.append(f"{row}:{pin}")
        front[row] = leave

    for column, uppers in enumerate(columns(ports)):
        paired = {row for upper in uppers for row in (upper, upper + 1)}
        for row in range(ports):
            if row in uppers:
                name = f"mzi_{column}_{row}"
                parts[name] = MZI
                enter(row, f"{name},o2", f"{name},o3")
                enter(row + 1, f"{name},o1", f"{name},o4")
            elif row not in paired:
                name = f"edge_{column}_{row}"
                parts[name] = EDGE
                enter(row, f"{name},o1", f"{name},o2")
    outer = {left(ports, int(row)): pin for row, pin in (entry.split(":") for entry in first)}
    outer |= {right(ports, row): front[row] for row in range(ports)}
    return cell(parts, nets, outer)


def escape(pdk: Pdk, rows: int) -> Cell:
    """Every dump crosses the signals above it and leaves at the top; a signal passes as many crossings as any other.

                 dump 0   dump 1
                   │        │
        signal 0 ──┼────────┼──        `cross_{row}_{line}`: real where line ≥ row,
          dump 0 ──┘        │          else a dummy with both vertical ports terminated
        signal 1 ──╂────────┼──
          dump 1 ───────────┘

    Ports, n rows: left bottom to top o1 … o{2n} (dump below signal), top left to right, right top to bottom.
    """
    crossing, end = pdk.roles[Role.CROSSING], pdk.roles[Role.TERMINATION]
    parts: dict[str, str] = {}
    nets: list[tuple[str, str]] = []
    ports: dict[str, str] = {}
    for row in range(rows):
        for line in range(rows):
            name = f"cross_{row}_{line}"
            parts[name] = crossing
            if line:
                nets.append((f"cross_{row}_{line - 1},o3", f"{name},o1"))
            if line < row:
                parts |= {f"end_{row}_{line}_n": end, f"end_{row}_{line}_s": end}
                nets += [(f"{name},o2", f"end_{row}_{line}_n,o1"), (f"{name},o4", f"end_{row}_{line}_s,o1")]
            elif row:
                nets.append((f"{name},o2", f"cross_{row - 1}_{line},o4"))
        ports[escape_signal_in(rows, row)] = f"cross_{row}_0,o1"
        ports[escape_dump_in(rows, row)] = f"cross_{row}_{row},o4"
        ports[escape_dump_out(rows, row)] = f"cross_0_{row},o2"
        ports[escape_signal_out(rows, row)] = f"cross_{row}_{rows - 1},o3"
    return cell(parts, nets, ports)


def escape_signal_in(rows: int, row: int) -> str:
    """Left port of a signal row."""
    return left(2 * rows, 2 * row)


def escape_dump_in(rows: int, row: int) -> str:
    """Left port of a dump row, just below its signal."""
    return left(2 * rows, 2 * row + 1)


def escape_dump_out(rows: int, row: int) -> str:
    """Top port of a dump; dump 0 is the leftmost."""
    return f"o{2 * rows + 1 + row}"


def escape_signal_out(rows: int, row: int) -> str:
    """Right port of a signal row."""
    return f"o{3 * rows + 1 + row}"
