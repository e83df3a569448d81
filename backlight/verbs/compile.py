"""backlight compile: a spec becomes chip.gds, the designed netlist, and the tables that go with them."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from backlight import files, flow
from backlight.export.readout import CAMERA_ROLE, detectors
from backlight.programs import elements
from backlight.terminal import Terminal
from compiler.network import Design
from compiler.spec import read_spec, write_spec
from pdk import registry

if TYPE_CHECKING:
    from compiler.crossbar_tables import AnyTables, CrossbarTables
    from compiler.netlist import Netlist
    from compiler.tables import Tables
    from layouts.extract import Extraction
    from layouts.floorplan import Layout
    from pdk.contract import Pdk

PORTS = ("name", "x_um", "y_um", "layer", "instance", "terminal", "role")
PADS = (*PORTS, "width_um", "resistance_ohm", "current_ma")
TAPS = ("instance", "shifter", "a_post", "a_tot", "path_loss_db")
WEIGHTS = ("instance", "bank", "row", "column", "drives", "path_loss_db")


def compile_spec(spec: Path, folder: Path, pdk_name: str | None, terminal: Terminal) -> int:
    """Compile a spec into a folder; exit status."""
    if pdk_name is not None:
        registry.get(pdk_name)
    design = read_spec(spec, pdk=pdk_name)
    registry.require_installed(registry.get(design.chip.pdk))
    placed = flow.run(("die",), {"design": design}, terminal.stage)  # what no die holds leaves no folder behind
    with files.Publication(folder) as new:
        keep_spec(design, spec, new)
        values = flow.run(
            ("gds", "deck", "layout", "netlist", "extraction", "tables"),
            {**placed, "gds_path": new / files.GDS},
            terminal.stage,
        )
        netlist: Netlist = values["netlist"]
        files.write_netlist(new / files.NETLIST, netlist)
        before = folder / files.NETLIST
        is_other = before.exists() and before.read_bytes() != (new / files.NETLIST).read_bytes()
        files.write_text(new / files.RULES, values["deck"])
        write_contacts(new, values["extraction"], values["pdk"])
        table = write_losses(new, values["tables"])
    if is_other and (aside := files.set_aside(folder)):
        terminal.say(f"{folder}: it held another circuit, whose results are in {aside} now")
    devices = len(netlist.flat.leaves)
    size = die_size(values["layout"], values["tables"])
    terminal.say(
        f"{folder / files.GDS}: {outline(design)}, {devices} devices, "
        f"die of {size['die_width_um'] / 1000:.2f} x {size['die_height_um'] / 1000:.2f} mm, "
        f"{size['area_per_weight_um2']:,.0f} um2 per weight"
    )
    written = (files.GDS, files.RULES, files.NETLIST, files.PADS, files.PORTS, table, files.SPEC)
    terminal.result({"folder": str(folder), "files": list(written), "devices": devices, **size})
    return 0


def outline(design: Design) -> str:
    """A design in a few words: `3 layers of 4 ports`, `2-8-1 crossbar`."""
    if design.chip.architecture == "crossbar":
        return f"{'-'.join(map(str, (design.network.inputs, *design.network.layer_outputs)))} crossbar"
    return f"{len(design.network.layers)} layers of {design.ports} ports"


def die_size(layout: "Layout", tables: "AnyTables") -> dict[str, float]:
    """Width and height of the die, and its area by the number of weights: phases of a mesh, cells of a crossbar."""
    from compiler.crossbar_tables import CrossbarTables

    assert layout.die is not None, "the flow frames every chip"
    left, bottom, right, top = (at_nm / 1000 for at_nm in layout.die.frame_nm)
    width_um, height_um = right - left, top - bottom
    if isinstance(tables, CrossbarTables):  # a weight of attenuators has two of them
        weights = sum(bank.weight.size for bank in tables.banks)
    else:
        weights = len(elements(tables))
    return {
        "die_width_um": width_um,
        "die_height_um": height_um,
        "area_per_weight_um2": round(width_um * height_um / weights, 1),
    }


def keep_spec(design: Design, spec: Path, folder: Path) -> None:
    """Keep the design, and a copy of its data where they are a file, so that the folder stands alone."""
    data = design.train.data
    if data.lower().endswith(".csv"):
        name = Path(data).name
        shutil.copyfile(spec.parent / data, folder / name)
        design = replace(design, train=replace(design.train, data=name))
    files.write_text(folder / files.SPEC, f"# schema: {files.SCHEMA}\n" + write_spec(design))


def write_contacts(folder: Path, extraction: "Extraction", pdk: "Pdk") -> None:
    """Every pad with the net on it, and every optical port, where they are on the chip."""
    files.write_csv(folder / files.PADS, PADS, pads(extraction, pdk))
    files.write_csv(folder / files.PORTS, PORTS, ports(extraction, pdk))


def ports(extraction: "Extraction", pdk: "Pdk") -> list[tuple[object, ...]]:
    """One row for each fibre, and for each grating that a camera reads: its place, what it belongs to, its role."""
    flat, layer = extraction.netlist.flat, _layer(pdk.layers["core"])
    rows: list[tuple[object, ...]] = []
    for port in sorted(extraction.ports, key=lambda port: (len(port.name), port.name)):
        pin = flat.ports[port.name]
        role = pdk.role_of(flat.leaves[pin.instance].component)
        rows.append((port.name, port.x_nm / 1000, port.y_nm / 1000, layer, pin.instance, pin.port, role or "?"))
    if pdk.camera:
        for one in detectors(extraction, pdk):
            rows.append((one.channel, one.x_um, one.y_um, layer, one.path, "o1", CAMERA_ROLE))
    return rows


def pads(extraction: "Extraction", pdk: "Pdk") -> list[tuple[object, ...]]:
    """One row for each pad: its net, its place, the terminals that it reaches, and what its wires are like.

    A net with several terminals is a shared return or bias; a line's resistance takes all its wires in series.
    """
    from layouts.nets import PADS as PAD_ROLES

    layer = _layer(pdk.layers[pdk.metals[-1].name])
    sites = {contact.instance: contact for contact in extraction.contacts}
    rows: list[tuple[object, ...]] = []
    for cell, found in extraction.wired.items():
        uses = [""] if cell == extraction.netlist.top else extraction.netlist.instances_of(cell)
        for prefix in (f"{use}." if use else "" for use in uses):
            for name, net in found.items():
                reached = [str(p) for p in net.pins if sites[prefix + p.instance].role not in PAD_ROLES]
                for pin in net.pins:
                    site = sites[prefix + pin.instance]
                    if site.role in PAD_ROLES:
                        at = (site.x_nm / 1000, site.y_nm / 1000, layer)
                        measured = (
                            f"{(net.width_nm or 0) / 1000:g}",
                            f"{net.resistance_ohm:.2f}",
                            f"{net.current_ma:.2f}",
                        )
                        rows.append((prefix + name, *at, site.instance, " ".join(reached), site.role, *measured))
    return sorted(rows, key=lambda row: str(row[0]))


def write_losses(folder: Path, tables: "AnyTables") -> str:
    """Write what a trainer may know of losses before it measures; the file's name."""
    from compiler.crossbar_tables import CrossbarTables

    if isinstance(tables, CrossbarTables):
        write_weights(folder / files.WEIGHT_TABLE, tables)
        return files.WEIGHT_TABLE
    write_taps(folder / files.TAPS, tables)
    return files.TAPS


def write_weights(path: Path, tables: "CrossbarTables") -> None:
    """Every weight of a crossbar: where it stands, what sets it, and the loss from the fibre to its photodiode."""
    rows = [
        (cell, bank.name, row, column, " ".join(drives), f"{-10 * np.log10(bank.weight[row, column]):.6f}")
        for bank in tables.banks
        for row, (cells, of_row) in enumerate(zip(bank.cells, bank.drives, strict=True))
        for column, (cell, drives) in enumerate(zip(cells, of_row, strict=True))
    ]
    files.write_csv(path, WEIGHTS, rows)


def write_taps(path: Path, tables: "Tables") -> None:
    """What is lost between each tap and the outputs: A_post, A_tot as fractions of the power."""
    rows = [
        (tap, shifter, repr(float(a_post)), repr(float(layer.a_tot)), f"{-10 * np.log10(a_post):.6f}")
        for layer in tables.layers
        for tap, shifter, a_post in zip(layer.taps, layer.shifters, layer.a_post, strict=True)
    ]
    files.write_csv(path, TAPS, rows)


def _layer(layer: tuple[int, int]) -> str:
    return f"{layer[0]}/{layer[1]}"
