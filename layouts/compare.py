"""Circuit against circuit, by name: devices, settings, nets and ports of the one drawn and the one designed.

Two cells are compared once, however many instances they have. A symmetric device may lie mirrored: its ports are then
renamed by one of the permutations that the PDK declares, and the circuit is the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from compiler.netlist import Cell, Instance, Netlist, Pin
from layouts.compare_nets import compare_nets
from layouts.symmetries import Permutation, symmetries
from pdk.contract import Pdk
from pdk.finding import Finding

LAYOUT_MEND = "mend the layout, or compile the design again"


def compare(designed: Netlist, extracted: Netlist, pdk: Pdk) -> tuple[Finding, ...]:
    """Every difference, by instance and net name, devices before wires; none if the GDS is the circuit."""
    findings: list[Finding] = []
    uses: dict[tuple[str, str], list[str]] = {}
    stack = [("", designed.top, extracted.top)]
    while stack:
        prefix, d_name, e_name = stack.pop()
        first = (d_name, e_name) not in uses
        uses.setdefault((d_name, e_name), []).append(prefix)
        d_cell, e_cell = designed.cells[d_name], extracted.cells[e_name]
        for name in d_cell.instances.keys() & e_cell.instances.keys():
            d, e = d_cell.instances[name], e_cell.instances[name]
            if d.component in designed.cells and e.component in extracted.cells:
                stack.append((f"{prefix}{name}.", d.component, e.component))
        if first:
            findings += _cells(prefix, d_cell, e_cell, designed, extracted, pdk)
    wires = compare_nets(designed, extracted, pdk)
    return (*_sorted(findings), *_sorted(wires))


def _sorted(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda f: (f.place, f.rule, f.measured))


@dataclass(frozen=True)
class _Side:
    """One cell, prepared: which pin faces which, and what stands at the cell's own ports."""

    far: Mapping[Pin, Pin]

    @staticmethod
    def of(cell: Cell) -> "_Side":
        far: dict[Pin, Pin] = {}
        for a, b in cell.nets:
            far[a], far[b] = b, a
        for port, pin in cell.ports.items():
            far[pin] = Pin("", port)
        return _Side(far)


def _cells(
    prefix: str, d_cell: Cell, e_cell: Cell, designed: Netlist, extracted: Netlist, pdk: Pdk
) -> Iterator[Finding]:
    for name in sorted(d_cell.instances.keys() - e_cell.instances.keys()):
        component = d_cell.instances[name].component
        yield Finding(f"{prefix}{name}", "missing_instance", "nothing", component, LAYOUT_MEND)
    for name in sorted(e_cell.instances.keys() - d_cell.instances.keys()):
        component = e_cell.instances[name].component
        yield Finding(f"{prefix}{name}", "extra_instance", component, "nothing", LAYOUT_MEND)
    both = [name for name in d_cell.instances if name in e_cell.instances]
    for name in both:
        yield from _devices(f"{prefix}{name}", d_cell.instances[name], e_cell.instances[name], designed, extracted)
    d_side, e_side = _Side.of(d_cell), _Side.of(e_cell)
    renamed = _align(both, d_cell, d_side, e_side, pdk)
    yield from _nets(prefix, both, d_side, e_side, renamed)
    for port in sorted(d_cell.ports.keys() ^ e_cell.ports.keys()):
        drawn, wanted = str(e_cell.ports.get(port, "nothing")), str(d_cell.ports.get(port, "nothing"))
        yield Finding(f"{prefix.rstrip('.') or 'chip'},{port}", "port", drawn, wanted, LAYOUT_MEND)


def _devices(place: str, d: Instance, e: Instance, designed: Netlist, extracted: Netlist) -> Iterator[Finding]:
    if (d.component in designed.cells) and (e.component in extracted.cells):
        return
    if d.component != e.component:
        yield Finding(place, "device", e.component, d.component, LAYOUT_MEND)
        return
    for key in sorted(d.settings.keys() | e.settings.keys()):
        drawn, wanted = e.settings.get(key), d.settings.get(key)
        if drawn != wanted:
            unit = " nm" if key.endswith("_nm") else ""
            by = f" ({drawn - wanted:+} nm)" if isinstance(drawn, int) and isinstance(wanted, int) else ""
            expected = "the PDK's" if wanted is None else f"{wanted}{unit}"
            yield Finding(place, key.removesuffix("_nm"), f"{drawn}{unit}{by}", expected, LAYOUT_MEND)


def _nets(
    prefix: str, names: list[str], d_side: _Side, e_side: _Side, renamed: Mapping[str, Permutation]
) -> Iterator[Finding]:
    """Differences between nets, each told once, from its first end."""
    known = set(names) | {""}
    drawn = {_apply(pin, renamed): _apply(end, renamed) for pin, end in e_side.far.items()}
    told: set[frozenset[Pin]] = set()
    for pin, wanted in d_side.far.items():
        found = drawn.get(pin)
        if found == wanted or pin.instance not in known or wanted.instance not in known:
            continue
        pair = frozenset((pin, wanted))
        if pair not in told:
            told.add(pair)
            yield Finding(f"{prefix}{pin}", "net", f"{found or 'nothing connected'}", f"{wanted}", LAYOUT_MEND)


def _align(names: list[str], d_cell: Cell, d_side: _Side, e_side: _Side, pdk: Pdk) -> dict[str, Permutation]:
    """For each symmetric device, the permutation under which its drawn nets fit the designed ones best."""
    ports: dict[str, list[Pin]] = {name: [] for name in names}
    for pin in e_side.far:
        if pin.instance in ports:
            ports[pin.instance].append(pin)
    chosen: dict[str, Permutation] = {}
    doubtful = [n for n in names if any(not _fits(p, d_side, e_side, chosen, exact=False) for p in ports[n])]
    doubtful += [n for n in names if n not in doubtful and _has_wrong_port(ports[n], d_side, e_side)]
    for exact in (False, True, True):
        for name in doubtful:
            chosen[name] = max(
                symmetries(d_cell.instances[name].component, pdk),
                key=partial(_fit, name, ports[name], d_side, e_side, chosen, exact=exact),
            )
    return chosen


def _fit(
    name: str,
    pins: list[Pin],
    d_side: _Side,
    e_side: _Side,
    chosen: Mapping[str, Permutation],
    permutation: Permutation,
    *,
    exact: bool,
) -> int:
    """How many nets of a device are as designed if its ports are renamed so."""
    renamed = {**chosen, name: permutation}
    return sum(_fits(pin, d_side, e_side, renamed, exact=exact) for pin in pins)


def _has_wrong_port(pins: list[Pin], d_side: _Side, e_side: _Side) -> bool:
    return any(d_side.far.get(pin) != e_side.far.get(pin) for pin in pins)


def _fits(pin: Pin, d_side: _Side, e_side: _Side, renamed: Mapping[str, Permutation], *, exact: bool) -> bool:
    wanted, found = d_side.far.get(_apply(pin, renamed)), _apply(e_side.far[pin], renamed)
    if exact or not found.instance:
        return wanted == found
    return wanted is not None and wanted.instance == found.instance


def _apply(pin: Pin, renamed: Mapping[str, Permutation]) -> Pin:
    permutation = renamed.get(pin.instance)
    return Pin(pin.instance, permutation.get(pin.port, pin.port)) if permutation else pin
