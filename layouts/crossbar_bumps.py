"""Bumps of a crossbar: half-way between two rows, as in a mesh, and a wire along each row that adds photocurrents.

       ○ heater's return   ○ heater   ○ bias of minus          half a row above
      ─[      theta         ]─╲       ═ minus ═
    ══════════════════════════════════════╪═════════○ row      cathode of minus, anode of plus, of all columns
      ─[      twin          ]─╱       ═ plus ═
                                          ╰──○ bias of plus    half a row below

The bumps of a row and those of the next one stand in one line, never nearer than the bump pitch.
"""

from collections.abc import Callable, Mapping
from functools import partial

from compiler import crossbar
from compiler.netlist import Pin
from layouts.bumps import HALF, TWIN_STRAP_NM, Landing
from layouts.crossbar_cells import monitor_tap
from layouts.floorplan import ROW_PITCH_NM, CellPlan, Floorplan
from layouts.geometry import Point, Transform
from layouts.metal import attenuator_current_ma, heater_current_ma
from pdk.contract import Pdk, Role

Template = Callable[[Pdk, CellPlan], dict[str, Landing]]

STEP_NM = 92_000
"""Between bumps of one line that stand side by side: the bump pitch and a little more."""


def templates(floorplan: Floorplan) -> dict[str, Template]:
    """Cells of a crossbar chip that hold terminals, and where their bumps stand."""
    circuit, plans = floorplan.netlist.cells, floorplan.cells
    found: dict[str, Template] = {name: template for name, template in SMALL.items() if name in circuit}
    for cell in circuit.values():
        for part in cell.instances.values():
            block = circuit.get(part.component)
            if block is not None and "col_0" in block.instances:
                column = block.instances["col_0"].component
                weight = circuit[column].instances["w_0"].component
                bumps = partial(bank, column=plans[column], weight=plans[weight], template=SMALL[weight])
                found[part.component] = bumps
    return found


def weight_mzi(pdk: Pdk, plan: CellPlan) -> dict[str, Landing]:
    """Both ends of the undriven heater lie on the return of the driven one: across the wire of the row, on the lower
    metal."""
    shifter = pdk.device(Role.PHASE_SHIFTER)
    theta, twin = plan.places["theta"], plan.places["theta_twin"]
    e1, e2 = (theta.x_nm + shifter.port(name).x_nm for name in ("e1", "e2"))
    anode, cathode = _diode(pdk, plan.places["minus"])[0], _diode(pdk, plan.places["plus"])[1]
    strap = ((e1, twin.y_nm), (e1, twin.y_nm + TWIN_STRAP_NM), (e2, twin.y_nm + TWIN_STRAP_NM), (e2, twin.y_nm))
    back, drive, low, high = (e1, HALF), (e2, HALF), (anode[0], HALF), (anode[0] + STEP_NM, -HALF)
    returns = (Pin("theta", "e1"), Pin("theta_twin", "e1"), Pin("theta_twin", "e2"))
    across = ((e1, theta.y_nm), (e1, twin.y_nm))
    current = heater_current_ma(pdk)
    return {
        "theta": Landing((Pin("theta", "e2"),), drive, (((e2, theta.y_nm), drive),), current),
        "theta_return": Landing(returns, back, (((e1, theta.y_nm), back), strap), current, (across,)),
        "bias_low": Landing((Pin("minus", "e1"),), low, ((anode, low),)),
        "bias_high": Landing((Pin("plus", "e2"),), high, ((cathode, (high[0], cathode[1]), high),)),
    }


def weight_pin(pdk: Pdk, plan: CellPlan) -> dict[str, Landing]:
    """Six bumps by turns above and below. Inner contacts of the attenuators leave to the left, over the tree."""
    attenuator = pdk.device(Role.ATTENUATOR)
    upper, lower = plan.places["att_plus"], plan.places["att_minus"]
    end = attenuator.port("o2").x_nm
    metal = attenuator.bbox_nm[3] // 2
    middle, left, right = upper.x_nm + end // 2, upper.x_nm + end // 6, upper.x_nm + end - end // 6
    plus_cathode, minus_anode = _diode(pdk, plan.places["plus"])[1], _diode(pdk, plan.places["minus"])[0]
    x = [middle + STEP_NM * k for k in range(-2, 4)]
    top, bottom = upper.y_nm + metal, lower.y_nm - metal
    inner, nether = upper.y_nm - metal, lower.y_nm + metal

    def landing(device: str, terminal: str, *path: Point) -> Landing:
        current = attenuator_current_ma(pdk) if device.startswith("att") else 0.0
        return Landing((Pin(device, terminal),), path[-1], (path,), current)

    return {
        "att_plus": landing("att_plus", "e2", (left, inner), (x[0], inner), (x[0], HALF)),
        "att_minus_return": landing("att_minus", "e1", (left, nether), (x[1], nether), (x[1], -HALF)),
        "att_plus_return": landing("att_plus", "e1", (x[2], top), (x[2], HALF)),
        "att_minus": landing("att_minus", "e2", (right, bottom), (right, -HALF), (x[3], -HALF)),
        "bias_high": landing("plus", "e2", plus_cathode, (x[4], plus_cathode[1]), (x[4], HALF)),
        "bias_low": landing("minus", "e1", minus_anode, (x[5], minus_anode[1]), (x[5], -HALF)),
    }


def bank(pdk: Pdk, plan: CellPlan, column: CellPlan, weight: CellPlan, template: Template) -> dict[str, Landing]:
    """One wire per row from the first column to a bump east of the last one, with a branch to each pair of photodiodes:
    on it all photocurrents of the row add. Besides, what scales the bank."""
    diode = pdk.device(Role.PHOTODIODE)
    columns = sorted((name for name in plan.places if name.startswith("col_")), key=lambda name: int(name[4:]))
    rows = sorted((name for name in column.places if name.startswith("w_")), key=lambda name: int(name[2:]))
    ends = ("plus", "e1"), ("minus", "e2")
    widest = max(landing.bump[0] for landing in template(pdk, weight).values())
    nets = modulator(pdk, plan.places["scale"], "scale", "scale_")
    for row, name in enumerate(rows):
        at = [plan.places[col].after(column.places[name]) for col in columns]
        plus, minus = (weight.places[device].port(diode.port(terminal)) for device, terminal in ends)
        x = _diode(pdk, weight.places["plus"])[0][0]
        y = (plus.y_nm + minus.y_nm) // 2
        bump = at[-1].point(widest + STEP_NM, y)
        branches = [(here.point(x, plus.y_nm), here.point(x, minus.y_nm)) for here in at]
        pins = tuple(Pin(f"{col}.{name}.{device}", terminal) for col in columns for device, terminal in ends)
        nets[f"row_{row}"] = Landing(pins, bump, ((at[0].point(x, y), bump), *branches))
    return nets


def input_head(pdk: Pdk, plan: CellPlan) -> dict[str, Landing]:
    """Above the line the modulator's three nets, one of the shutter and the monitor's anode; below it the others."""
    shutter, tap = plan.places["shutter"], plan.places["monitor"]
    e1, e2 = (shutter.port(pdk.device(Role.ATTENUATOR).port(name)) for name in ("e1", "e2"))
    anode, cathode = _diode(pdk, tap.after(monitor_tap(pdk).places["pd"]))
    up, down, current = (e1.x_nm, HALF), (e2.x_nm, -HALF), attenuator_current_ma(pdk)
    read = (tap.x_nm + 5_000, HALF)
    bias = (tap.x_nm + pdk.device(Role.BALANCE_TAP).port("o4").x_nm + 5_000, -HALF)
    return modulator(pdk, plan.places["modulator"], "modulator") | {
        "shutter_return": Landing((Pin("shutter", "e1"),), up, (((e1.x_nm, e1.y_nm - 3_000), up),), current),
        "shutter": Landing((Pin("shutter", "e2"),), down, (((e2.x_nm, e2.y_nm + 3_000), down),), current),
        "monitor": Landing((Pin("monitor.pd", "e1"),), read, ((anode, (read[0], anode[1]), read),)),
        "monitor_bias": Landing((Pin("monitor.pd", "e2"),), bias, ((cathode, (bias[0], cathode[1]), bias),)),
    }


def neuron_head(pdk: Pdk, plan: CellPlan) -> dict[str, Landing]:
    """The same, and above the line of the replica its three nets and the two of its photodiode."""
    anode, cathode = _diode(pdk, plan.places["slope"])
    line = ROW_PITCH_NM + HALF
    slope, bias = (anode[0], line), (anode[0] + STEP_NM, line)
    nets = input_head(pdk, plan) | modulator(pdk, plan.places["replica"], "replica", "replica_")
    return nets | {
        "slope": Landing((Pin("slope", "e1"),), slope, ((anode, slope),)),
        "slope_bias": Landing((Pin("slope", "e2"),), bias, ((cathode, (bias[0], cathode[1]), bias),)),
    }


def output_neuron(pdk: Pdk, plan: CellPlan) -> dict[str, Landing]:
    """Signals above and below; the cathodes of both photodiodes share one bump in the middle."""
    nets = modulator(pdk, plan.places["modulator"], "modulator")
    nets |= modulator(pdk, plan.places["replica"], "replica", "replica_")
    cathodes: list[Point] = []
    for name, side in (("output", 1), ("slope", -1)):
        anode, cathode = _diode(pdk, plan.places[name])
        bump = (anode[0], side * ROW_PITCH_NM)
        nets[name] = Landing((Pin(name, "e1"),), bump, ((anode, bump),))
        cathodes.append(cathode)
    pins = (Pin("output", "e2"), Pin("slope", "e2"))
    return nets | {"bias": Landing(pins, (cathodes[0][0], 0), (tuple(cathodes),))}


def modulator(pdk: Pdk, at: Transform, instance: str, prefix: str = "") -> dict[str, Landing]:
    """The three nets of a modulator, half a row away on the side of its straps."""
    device = pdk.device(Role.MODULATOR)
    nets: Mapping[str, str] = {"drive": "e3", "bias_low": "e1", "bias_high": "e2"}
    found = {}
    for net, terminal in nets.items():
        port = device.port(terminal)
        start, bump = at.point(port.x_nm, port.y_nm - 3_000), at.point(port.x_nm, HALF)
        found[f"{prefix}{net}"] = Landing((Pin(instance, terminal),), bump, ((start, bump),))
    return found


def _diode(pdk: Pdk, at: Transform) -> tuple[Point, Point]:
    """The middles of the contacts of a photodiode: anode, cathode."""
    device = pdk.device(Role.PHOTODIODE)
    anode, cathode = device.port("e1"), device.port("e2")
    half = 2 * anode.x_nm // 3
    return at.point(half, anode.y_nm), at.point(half, cathode.y_nm)


SMALL: Mapping[str, Template] = {
    crossbar.WEIGHT["mzi"]: weight_mzi,
    crossbar.WEIGHT["pin"]: weight_pin,
    crossbar.INPUT_HEAD: input_head,
    crossbar.NEURON_HEAD: neuron_head,
    crossbar.OUTPUT_NEURON: output_neuron,
}
