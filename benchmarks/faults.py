"""Layout against circuit: drawn faults that must be found by name, and clean designs that must raise no alarm.

    python benchmarks/faults.py                       all rows
    python benchmarks/faults.py --rows "a wire"       rows whose name begins so; --list names them
    python benchmarks/faults.py --json out.json       the same as a list of {what, measured, limit, ok}

A fault counts as found if the extraction, the comparison, the length check or the design rules say anything, and as
named if a finding of the extraction or the comparison says the instance or net that was touched.
"""

import argparse
import multiprocessing
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from figures import Figure, finish, tell

CHIPS: tuple[tuple[int, int, str], ...] = (
    (4, 1, "unitary"),
    (4, 2, "svd"),
    (8, 2, "unitary"),
    (8, 1, "svd"),
)
"""Ports, layers and kind of the designs that faults are drawn on, in turn."""
CROSSBARS: tuple[tuple[int, int, str], ...] = ((2, 2, "mzi"), (2, 2, "pin"), (4, 1, "mzi"), (3, 1, "pin"))
"""Width, layers and kind of weight of the crossbars that faults are drawn on, in turn."""
EACH = 34
"""Faults of each kind: 31 kinds of meshes, 26 of crossbars."""
HARMLESS_EACH = 20
CLEAN_EACH = 100
CLEAN, CROSSBAR = "clean designs", "crossbar: "
"""Name of the rows without a fault, and what the names of rows of crossbars begin with."""
FOLDER = tempfile.TemporaryDirectory()


class Spec(NamedTuple):
    """A design by what decides its layout."""

    ports: int
    """Of a crossbar the width of every layer."""
    layers: int
    kind: str
    """Of meshes unitary or svd; of a crossbar its weights, mzi or pin."""
    io: str = "edge"

    @property
    def is_crossbar(self) -> bool:
        """Which of the two architectures it is."""
        return self.kind in ("mzi", "pin")


class Outcome(NamedTuple):
    """What the checks said of one layout."""

    row: str
    case: str
    found: bool
    named: bool
    told: str


def clean_specs(kinds: tuple[str, str], count: int) -> list[Spec]:
    """Designs of 2 to 10 ports, 1 to 4 layers, both kinds, both lasers."""
    every = [
        Spec(ports, layers, kind, io)
        for ports in range(2, 11)
        for layers in range(1, 5)
        for kind in kinds
        for io in ("edge", "grating")
    ]
    return sorted(random.Random(0).sample(every, count))


@cache
def _drawn(spec: Spec) -> tuple[Any, Path]:
    """The designed netlist and its GDS; once in each process."""
    from compiler import crossbar
    from compiler.compile import build
    from layouts.contact import contact
    from layouts.emit import emit
    from layouts.place import place
    from layouts.route import route
    from pdk import registry

    pdk = registry.get("generic")
    if spec.is_crossbar:
        widths = (spec.ports,) * spec.layers
        netlist = crossbar.build(pdk, inputs=widths, outputs=widths, weight=spec.kind, io=spec.io)
    else:
        netlist = build(pdk, ports=spec.ports, layers=spec.layers, linear=spec.kind, io=spec.io)
    layout = route(contact(place(netlist, pdk), pdk), pdk)
    path = Path(FOLDER.name) / f"{'_'.join(map(str, spec))}_{os.getpid()}.gds"
    emit(layout, pdk, path)
    return layout.netlist, path


def _findings(path: Path, designed: Any) -> Iterator[tuple[Any, bool]]:
    """Every finding on a GDS, and whether it speaks of instances and nets (rules speak of places)."""
    from layouts.compare import compare
    from layouts.extract import extract
    from layouts.lengths import matched_lengths
    from layouts.rules import check_rules
    from pdk import registry

    pdk = registry.get("generic")
    extraction = extract(path, pdk)
    for finding in (*extraction.findings, *compare(designed, extraction.netlist, pdk)):
        yield finding, True
    try:
        _, lengths = matched_lengths(extraction.netlist, pdk)
    except (ValueError, KeyError):  # light cannot be followed: what is wrong was told above
        lengths = ()
    for finding in (*lengths, *check_rules(path, pdk)):
        yield finding, False


def judge_fault(task: tuple[str, Spec, int]) -> Outcome:
    """Draw one fault and look for it."""
    from layouts.extract import read
    from layouts.faults import FAULTS, HARMLESS
    from pdk import registry

    row, spec, seed = task
    designed, path = _drawn(spec)
    layout = read(path)
    name = row.removeprefix(CROSSBAR)
    fault = next(fault for fault in (*FAULTS, *HARMLESS) if fault.name == name)
    touched = fault(layout, registry.get("generic"), random.Random(f"{name} {seed}"))
    spoiled = Path(FOLDER.name) / f"spoiled_{os.getpid()}.gds"
    layout.write(str(spoiled))
    return _outcome(row, f"{spec.kind} {spec.ports} seed {seed}: {touched}", touched, spoiled, designed)


def judge_clean(task: tuple[str, Spec, int]) -> Outcome:
    """Look for faults where there is none."""
    row, spec, _ = task
    designed, path = _drawn(spec)
    return _outcome(row, " ".join(map(str, spec)), "", path, designed)


def _outcome(row: str, case: str, touched: str, path: Path, designed: Any) -> Outcome:
    """Checks run until one names what was touched; all of them where nothing was."""
    told: list[str] = []
    for finding, names in _findings(path, designed):
        told.append(str(finding))
        if touched and names and touched in f"{finding.place} {finding.measured} {finding.limit}":
            return Outcome(row, case, True, True, told[-1])
    return Outcome(row, case, bool(told), False, "; ".join(told[:3]))


def judge(task: tuple[str, Spec, int]) -> Outcome:
    """One task of any row."""
    return judge_clean(task) if task[0].endswith(CLEAN) else judge_fault(task)


def tasks(rows: list[str], each: int) -> tuple[dict[str, list[tuple[str, Spec, int]]], set[str]]:
    """Row to its tasks, for rows whose name begins with one of `rows`; and the rows where nothing may be found."""
    from layouts.faults import CROSSBAR_FAULTS, FAULTS, HARMLESS, MZI_ONLY

    table: dict[str, list[tuple[str, Spec, int]]] = {}

    def add(row: str, chips: list[Spec], count: int) -> None:
        table[row] = [(row, chips[k % len(chips)], k) for k in range(count)]

    def crossbars(change: str) -> list[Spec]:
        return [spec for spec in (Spec(*chip) for chip in CROSSBARS) if spec.kind == "mzi" or change not in MZI_ONLY]

    chips = [Spec(*chip) for chip in CHIPS]
    for fault in FAULTS:
        add(fault.name, chips, each)
    for fault in CROSSBAR_FAULTS:
        add(CROSSBAR + fault.name, crossbars(fault.name), each)
    for change in HARMLESS:
        add(change.name, chips, HARMLESS_EACH)
        add(CROSSBAR + change.name, crossbars(change.name), HARMLESS_EACH)
    for start, kinds in (("", ("unitary", "svd")), (CROSSBAR, ("mzi", "pin"))):
        table[start + CLEAN] = [(start + CLEAN, spec, 0) for spec in clean_specs(kinds, CLEAN_EACH)]
    quiet = {start + name for start in ("", CROSSBAR) for name in (CLEAN, *(change.name for change in HARMLESS))}
    return {name: jobs for name, jobs in table.items() if name.startswith(tuple(rows))}, quiet


def figure(row: str, outcomes: list[Outcome], quiet: bool) -> Figure:
    """A row of the table."""
    count, found = len(outcomes), sum(outcome.found for outcome in outcomes)
    if quiet:
        return Figure(f"no alarm: {row}", f"{found} alarms on {count}", "0", found == 0)
    named = sum(outcome.named for outcome in outcomes)
    measured = f"{count} drawn, {found} found, {named} named"
    return Figure(f"fault: {row}", measured, f"{count} found, {count} named", found == named == count)


def measure(table: dict[str, list[tuple[str, Spec, int]]], quiet: set[str], processes: int) -> list[Figure]:
    """Run the rows, and print each figure as soon as it is known, with every case that went wrong."""
    figures: list[Figure] = []
    totals: Counter[str] = Counter()
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        pending = {row: pool.map_async(judge, jobs, chunksize=4) for row, jobs in table.items()}
        for row, job in pending.items():
            outcomes = job.get()
            figures.append(figure(row, outcomes, row in quiet))
            tell(figures[-1:])
            for outcome in outcomes:
                if outcome.found if row in quiet else not outcome.named:
                    print(f"       {outcome.case}: {outcome.told or 'nothing found'}", flush=True)
            if row not in quiet:
                totals += Counter(
                    drawn=len(outcomes), found=sum(o.found for o in outcomes), named=sum(o.named for o in outcomes)
                )
    if totals:
        drawn = totals["drawn"]
        measured = f"{drawn} drawn, {totals['found']} found, {totals['named']} named"
        all_named = totals["found"] == totals["named"] == drawn
        figures.append(Figure("faults, all kinds", measured, "all found and named", all_named))
        tell(figures[-1:])
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--rows", nargs="*", default=[""], help="only rows whose name begins with one of these")
    parser.add_argument("--each", type=int, default=EACH, help="faults of each kind")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--list", action="store_true", help="name the rows and stop")
    options = parser.parse_args()
    table, quiet = tasks(options.rows, options.each)
    if options.list:
        print("\n".join(table))
        return 0
    figures = measure(table, quiet, options.processes)
    return finish(figures, options.json)


if __name__ == "__main__":
    sys.exit(main())
