"""Every figure of the layout, measured and printed as one table.

    python benchmarks/layout.py                    all rows, with what today's tools need for the same
    python benchmarks/layout.py --rows rules       rows whose name begins so; --list names them
    python benchmarks/layout.py --json out.json    the same as a list of {what, measured, limit, ok}

Both sides of a ratio are measured in this run, alternately, and their medians compared. Imports are not counted.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from figures import Figure, finish, heading, tell

from compiler.compile import build
from compiler.netlist import Cell, Instance, Netlist, Pin
from compiler.paths import layer_paths
from layouts.bond import bond
from layouts.compare import compare
from layouts.contact import contact
from layouts.emit import emit
from layouts.extract import extract
from layouts.floorplan import CellPlan, Floorplan, Layout
from layouts.geometry import Transform
from layouts.place import place
from layouts.route import route
from layouts.rules import check_rules
from pdk import registry
from pdk.contract import Role

PDK = registry.get("generic")
REPEATS = 5
SIZES = (8, 16, 32, 64)
BLOCKS = ("mzi_", "edge_", "in_", "out_")
FOLDER = Path(tempfile.mkdtemp(prefix="backlight-layout-"))


def drawn(ports: int, layers: int, bonding: str = "bump") -> tuple[Layout, Path]:
    """A chip, laid out, and its GDS."""
    path = FOLDER / f"{ports}_{layers}_{bonding}.gds"
    layout = route(contact(place(build(PDK, ports=ports, layers=layers), PDK), PDK, bonding), PDK)
    emit(layout, PDK, path)
    return layout, path


def bare_mesh(ports: int) -> Floorplan:
    """A Clements mesh and nothing else, placed."""
    chip = build(PDK, ports=ports, layers=1)
    name = f"mesh_{ports}"
    whole = place(chip, PDK)
    plans = {cell: plan for cell, plan in whole.cells.items() if cell not in ("chip", "layer")}
    mesh = chip.cells[name]
    top = Cell({"mesh": Instance(name)}, (), {port: Pin("mesh", port) for port in mesh.ports})
    used = {name: mesh, **{cell: chip.cells[cell] for cell in ("mzi", "edge", "balance", "backward_tap", "blind_tap")}}
    plans = {cell: plans[cell] for cell in used} | {"chip": CellPlan({"mesh": Transform()}, plans[name].ports)}
    return Floorplan(Netlist("chip", {"chip": top, **used}), plans)


def seconds(work: Callable[[], Any], repeats: int = REPEATS) -> float:
    """Median time of some work."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return median(times)


def against(ours: Callable[[], Any], theirs: Callable[[], Any], repeats: int = 3) -> tuple[float, float]:
    """Medians of two sides, measured in turn."""
    pairs = [(seconds(ours, 1), seconds(theirs, 1)) for _ in range(repeats)]
    return median(a for a, _ in pairs), median(b for _, b in pairs)


def timed(what: str, measured_s: float, limit_s: float, more: str = "") -> Figure:
    """A time and its limit."""
    return Figure(what, f"{measured_s:.3g} s{more}", f"<= {limit_s:g} s", measured_s <= limit_s)


def wired(what: str, work: Callable[[], Floorplan], limit_s: float, *, heaters_only: bool = False) -> list[Figure]:
    """Terminals reached, shorts, rule violations, and the time that wiring took."""
    spent = seconds(work, 3)
    layout = route(work(), PDK)
    path = FOLDER / "wired.gds"
    emit(layout, PDK, path)
    found = extract(path, PDK)
    nets = [net for cell in found.wired.values() for net in cell.values() if net.padded]
    uses = {
        cell: 1 if cell == layout.netlist.top else sum(1 for _ in layout.netlist.instances_of(cell))
        for cell in found.wired
    }
    pads = ("bump_", "pad_")
    reached = sum(
        uses[cell]
        for cell, members in found.wired.items()
        for net in members.values()
        if net.padded
        for pin in net.pins
        if not pin.instance.rsplit(".", 1)[-1].startswith(pads)
    )
    wanted = _driven(layout.netlist) if heaters_only else _terminals(layout.netlist)
    differences = compare(layout.netlist, found.netlist, PDK)
    shorts = sum(1 for finding in differences if finding.rule == "short")
    broken = len(check_rules(path, PDK))
    ok = reached == wanted and not differences and not broken
    measured = f"{reached} of {wanted}, {shorts} shorts, {broken} violations"
    worst = max(net.resistance_ohm for net in nets)
    return [
        Figure(f"{what}: terminals at pads", measured, "all, 0 shorts", ok),
        timed(f"{what}: time to wire (longest wire {worst:.1f} ohm)", spent, limit_s),
    ]


def _terminals(netlist: Netlist) -> int:
    count = {name: sum(port.kind == "electrical" for port in device.ports) for name, device in PDK.devices.items()}
    pads = {PDK.roles[Role.BUMP], PDK.roles[Role.BOND_PAD]}
    leaves = (leaf.component for leaf in netlist.flat.leaves.values())
    return sum(count.get(component, 0) for component in leaves if component not in pads)


def _driven(netlist: Netlist) -> int:
    return 2 * sum(1 for path in netlist.flat.leaves if path.rsplit(".", 1)[-1] in ("phi", "theta"))


def row_wiring() -> list[Figure]:
    mesh = bare_mesh(8)
    figures = wired(
        "8-port mesh, heaters alone, one metal",
        lambda: bond(mesh, PDK, metals=1, heaters_only=True),
        1,
        heaters_only=True,
    )
    for ports, layers, limit_s in ((8, 3, 5), (32, 1, 10)):
        placed = place(build(PDK, ports=ports, layers=layers), PDK)
        what = f"{ports} ports, {layers} layer{'s' if layers > 1 else ''}, every terminal"
        figures += wired(what, lambda placed=placed: contact(placed, PDK), limit_s)
    small = place(build(PDK, ports=4, layers=1), PDK)
    spent = seconds(lambda: contact(small, PDK, "wire"), 3)
    figures.append(timed("4 ports, every driven terminal wire-bonded, two metals", spent, 5))
    return figures


def row_drawing() -> list[Figure]:
    def ours() -> None:
        drawn(64, 1)

    ours()
    layout, _ = drawn(64, 1)
    spent = seconds(ours)
    peer = seconds(lambda: _flat_gdsfactory(layout), 1)
    devices = len(layout.netlist.flat.leaves)
    more = f" for {devices} devices; flat, by gdsfactory: {peer:.1f} s"
    return [timed("64-port layer: circuit, places, wires, GDS written", spent, 1, more)]


def _flat_gdsfactory(layout: Layout) -> None:
    """The same devices without hierarchy, one gdsfactory reference each, as a script would do it."""
    import gdsfactory as gf

    top = gf.Component()
    for leaf in layout.netlist.flat.leaves.values():
        length = leaf.settings.get("length_nm")
        top.add_ref(PDK.build(leaf.component, int(length) if length is not None else None))
    top.write_gds(FOLDER / "flat.gds")


def row_extract() -> list[Figure]:
    _, path = drawn(64, 1)
    extract(path, PDK)
    return [timed("netlist from the 64-port GDS, wires included", seconds(lambda: extract(path, PDK)), 1)]


def row_rules() -> list[Figure]:
    _, path = drawn(32, 1)
    figures = [timed("design rules, 32 ports", seconds(lambda: check_rules(path, PDK)), 2)]
    if shutil.which("klayout"):
        from layouts.deck import deck

        script = FOLDER / "rules.lydrc"
        script.write_text(deck(PDK))
        command = ["klayout", "-b", "-r", str(script), "-rd", f"input={path}", "-rd", f"report={FOLDER / 'o.lyrdb'}"]
        mine, theirs = against(
            lambda: check_rules(path, PDK), lambda: subprocess.run(command, check=True, capture_output=True)
        )
        what = "design rules, 32 ports: the same rules in the KLayout application take"
        figures.append(Figure(what, f"{theirs:.2g} s, {theirs / mine:.0f} times as long", "-", True))
    return figures


def row_compare() -> list[Figure]:
    layout, path = drawn(32, 1)
    found = extract(path, PDK).netlist
    spent = seconds(lambda: compare(layout.netlist, found, PDK))
    return [timed("comparison, 32 ports", spent, 0.5)]


def row_loss() -> list[Figure]:
    """Loss of the way from input to output, splitting left out, by what kind of cell causes it.

    A router joins blocks; what an MZI's own arms need to come together is part of the MZI, and reported apart. Two
    bends for each of its four changes of row alone lose 14 % of what its bare devices lose.
    """
    layout, _ = drawn(8, 1)
    netlist = layout.netlist
    (path,) = layer_paths(netlist, PDK)
    worst = {"devices": 0.0, "inside": 0.0, "between": 0.0}
    for row in range(path.ports):
        found = {"devices": 0.0, "inside": 0.0, "between": 0.0}
        for stage in path.segments:
            for hop in stage[row]:
                component = netlist.flat.leaves[hop.path].component
                role = PDK.role_of(component)
                if role in (Role.STRAIGHT, Role.BEND):
                    kind = (
                        "inside"
                        if any(part.startswith(("mzi_", "edge_", "in_", "out_")) for part in hop.path.split("."))
                        else "between"
                    )
                else:
                    kind = "devices"
                found[kind] += _loss_db(hop, netlist)
        found["devices"] += len(path.couplings) * PDK.value("splitter_2x2_loss_db")
        if sum(found.values()) > sum(worst.values()):
            worst = found
    blocks = worst["devices"] + worst["inside"]
    between, whole = worst["between"] / blocks, (worst["between"] + worst["inside"]) / worst["devices"]
    return [
        Figure(
            f"worst path, 8 ports: waveguides between blocks, against blocks ({blocks:.2f} dB)",
            f"{between:.1%}",
            "<= 5 %",
            between <= 0.05,
        ),
        Figure(
            f"worst path, 8 ports: every straight and bend, against bare devices ({worst['devices']:.2f} dB)",
            f"{whole:.1%}",
            "reported",
            True,
        ),
    ]


def _loss_db(hop: Any, netlist: Netlist) -> float:
    leaf = netlist.flat.leaves[hop.path]
    settings = {"length_nm": leaf.settings["length_nm"]} if "length_nm" in leaf.settings else {}
    field = PDK.models()[leaf.component](wl=1.55, **settings)[hop.into, hop.out]
    return float(-20 * np.log10(abs(np.asarray(field)).item()))


def row_growth() -> list[Figure]:
    stages: dict[str, list[float]] = {}

    def note(stage: str, work: Callable[[], Any]) -> Any:
        stages.setdefault(stage, []).append(seconds(work, 3))
        return work()

    for ports in SIZES:
        path = FOLDER / f"growth_{ports}.gds"
        circuit = note("compile", lambda ports=ports: build(PDK, ports=ports, layers=1))
        placed = note("place", lambda circuit=circuit: place(circuit, PDK))
        plan = note("wire", lambda placed=placed: contact(placed, PDK))
        layout = note("route", lambda plan=plan: route(plan, PDK))
        note("emit", lambda layout=layout, path=path: emit(layout, PDK, path))
        found = note("extract", lambda path=path: extract(path, PDK))
        note("rules", lambda path=path: check_rules(path, PDK))
        note("compare", lambda layout=layout, found=found: compare(layout.netlist, found.netlist, PDK))
    figures = []
    for stage, times in stages.items():
        exponent = float(np.polyfit(np.log(SIZES), np.log(times), 1)[0])
        measured = f"{exponent:.2f} ({times[-1]:.3g} s at {SIZES[-1]})"
        figures.append(Figure(f"{stage}: exponent of time against ports, 8 … 64", measured, "<= 2.2", exponent <= 2.2))
    return figures


def row_scale() -> list[Figure]:
    """64 ports, 2 layers, boundary cells, taps and wires: drawn, read back, checked."""
    start = time.perf_counter()
    layout, path = drawn(64, 2)
    found = extract(path, PDK)
    left = [f for f in found.findings if f.rule != "design_name"]
    wrong = len(left) + len(compare(layout.netlist, found.netlist, PDK)) + len(check_rules(path, PDK))
    spent = time.perf_counter() - start
    devices = len(layout.netlist.flat.leaves)
    what = f"64 ports, 2 layers, {devices} devices: findings of extraction, comparison and rules"
    return [Figure(what, f"{wrong} in {spent:.1f} s", "0", wrong == 0)]


def row_faults() -> list[Figure]:
    """A thousand drawn faults and a hundred clean designs, by `benchmarks/faults.py`."""
    script, path = Path(__file__).with_name("faults.py"), FOLDER / "faults.json"
    subprocess.run([sys.executable, str(script), "--json", str(path)], check=False, capture_output=True)
    figures = [Figure(**row) for row in json.loads(path.read_text())]
    return [figure for figure in figures if not figure.what.startswith("fault:")]


ROWS: dict[str, Callable[[], list[Figure]]] = {
    "wiring": row_wiring,
    "drawing": row_drawing,
    "extract": row_extract,
    "rules": row_rules,
    "compare": row_compare,
    "loss": row_loss,
    "growth": row_growth,
    "scale": row_scale,
    "faults": row_faults,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--rows", nargs="*", default=[""], help="only rows whose name begins with one of these")
    parser.add_argument("--list", action="store_true", help="name the rows and stop")
    options = parser.parse_args()
    if options.list:
        print("\n".join(ROWS))
        return 0
    PDK.build("mmi2x2")
    heading()
    figures: list[Figure] = []
    for name, row in ROWS.items():
        if name.startswith(tuple(options.rows)):
            new = row()
            tell(new)
            figures += new
    shutil.rmtree(FOLDER)
    return finish(figures, options.json)


if __name__ == "__main__":
    raise SystemExit(main())
