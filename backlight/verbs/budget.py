"""backlight budget: what the circuit in a folder's GDS takes and gives, and whether a limit is broken."""

from pathlib import Path

from backlight import budget_view as view
from backlight.folder import Folder
from backlight.refusal import CHECK_FAILED, Refusal
from backlight.terminal import Terminal
from backlight.verbs.verify import read_back
from compiler.budget import budget
from compiler.budget_numbers import LASER_MW

MOST_MW = 1e5
"""No fibre carries 100 W into a chip."""


def budget_folder(path: Path, laser_mw: float | None, terminal: Terminal) -> int:
    """Print the budget of a folder's chip, its lasers at their usual power where None; exit status."""
    laser_mw = LASER_MW if laser_mw is None else laser_mw
    if not 0 < laser_mw < MOST_MW:
        raise Refusal(
            "--laser-mw",
            f"{laser_mw:g}",
            f"more than 0 and less than {MOST_MW:g}",
            "say how many mW each laser port gets",
        )
    folder = Folder(path)
    values = read_back(folder, terminal)
    circuit, area = values["extraction"].netlist, view.die_mm2(folder.gds)
    with terminal.stage("budget", "light, power, limits, time"):
        found = budget(folder.design, circuit, folder.pdk, laser_mw=laser_mw, die_mm2=area, tables=values["tables"])
    tables = (
        (view.LIGHT, view.light(found)),
        (view.LOADS, view.loads(found)),
        (view.TIMES, view.times(found)),
        (view.ENERGY, view.energy(found)),
        (view.LIMITS, view.limits(found)),
    )
    for head, rows in tables:
        terminal.say("")
        terminal.table([head, *rows])
    terminal.findings(found.findings)
    broken = ", ".join(finding.rule for finding in found.findings)
    terminal.say(f"{path}: {view.summary(found)}" + (f"; FAILED: {broken}" if broken else "; all limits hold"))
    terminal.result(view.as_dict(found))
    return CHECK_FAILED if broken else 0
