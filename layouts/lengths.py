"""Matched paths: light that meets in a coupler must have come equally far.

Rows are followed from the input cells. Wherever two rows meet, the lengths of their ways so far are compared; that
covers both arms of every MZI, all rows of a column, and the edge dummies. `layouts.crossbar_lengths` does a crossbar.
"""

from collections.abc import Iterator

from compiler.crossbar_paths import is_crossbar
from compiler.netlist import Netlist
from compiler.paths import LayerPath, layer_paths
from compiler.ways import LIMIT_NM, way_nm
from layouts.crossbar_lengths import matched_crossbar
from pdk.contract import Pdk
from pdk.finding import Finding


def matched_lengths(netlist: Netlist, pdk: Pdk) -> tuple[int, tuple[Finding, ...]]:
    """The largest difference found, in nm, and a Finding for every coupler that sees more than the limit."""
    if is_crossbar(netlist):
        return matched_crossbar(netlist, pdk)
    worst = 0
    findings: list[Finding] = []
    for path in layer_paths(netlist, pdk):
        for coupler, difference in _differences(path, netlist, pdk):
            worst = max(worst, abs(difference))
            if abs(difference) > LIMIT_NM:
                measured = f"upper way {difference:+} nm longer than the lower"
                mend = "make both ways equally long"
                findings.append(Finding(coupler, "matched_length", measured, f"within {LIMIT_NM} nm", mend))
    return worst, tuple(findings)


def _differences(path: LayerPath, netlist: Netlist, pdk: Pdk) -> Iterator[tuple[str, int]]:
    """Upper minus lower way at every coupler. A dark row has no way of its own before it meets light."""
    far: list[int | None] = [0 if row < path.ports else None for row in range(path.rows)]
    for stage, couplings in enumerate(path.couplings):
        for row in range(path.rows):
            length = way_nm(path.segments[stage][row], netlist, pdk)
            here = far[row]
            if here is not None:
                far[row] = here + length
        for c in couplings:
            a, b = far[c.a], far[c.b]
            if a is not None and b is not None:
                yield c.path, a - b
            met = max(length for length in (a, b) if length is not None)
            through = pdk.devices[netlist.device(c.path).component].path_nm
            far[c.a] = far[c.b] = met + through
