"""Flip chip: every cell that holds terminals brings bumps of its own, so that wiring is drawn once per kind of cell.

Wires run on the top metal alone. Bumps stand half-way between two rows, where no device has metal. Each function takes
a placed cell and returns its bumps (net → centre) and wires; `layouts.contact` adds them to cell and netlist.

    ○ anode of phi's tap         ○ of theta's       half a row above the upper arm
    ─[ phi ]─tap─╮    ╭──[ theta ]─tap─╮
     │  ○  ○     ╳    │                ╳            inside: heater, cathode
    ─[twin ]─tap─╯    ╰──[ twin ]──tap─╯
     ╰○                ╰○                           return of the heaters, half a row below the lower arm
"""

from collections.abc import Mapping
from dataclasses import dataclass

from compiler.netlist import Pin
from layouts.floorplan import ROW_PITCH_NM, CellPlan
from layouts.geometry import Point
from layouts.metal import heater_current_ma
from layouts.templates import arm_nm, detour_nm, rise_nm
from pdk.contract import Pdk, Role

HALF = ROW_PITCH_NM // 2
"""Half a line of a crossbar."""
TWIN_STRAP_NM = 12_000
"""How far from its waveguide the wire runs that joins both ends of an undriven heater."""


@dataclass(frozen=True)
class Landing:
    """One net of a cell: its terminals, where its bump stands, and its wires."""

    pins: tuple[Pin, ...]
    bump: Point
    paths: tuple[tuple[Point, ...], ...]
    current_ma: float = 0.0
    below: tuple[tuple[Point, ...], ...] = ()
    """Wires on the next lower metal, between contacts that have it too."""


def mzi(pdk: Pdk, plan: CellPlan) -> dict[str, Landing]:
    """Two equal halves, phi and theta: four bumps each."""
    nets: dict[str, Landing] = {}
    shifter, diode = pdk.device(Role.PHASE_SHIFTER), pdk.device(Role.PHOTODIODE)
    e1, e2, half = shifter.port("e1").x_nm, shifter.port("e2").x_nm, pdk.row_pitch_nm // 2
    for name in ("phi", "theta"):
        x, up = plan.places[name].x_nm, plan.places[name].y_nm
        tap_x, out = x + shifter.port("o2").x_nm, x + shifter.port("o2").x_nm + diode.port("e2").x_nm
        anode_y = up + pdk.device(Role.TAP).port("o2").y_nm + rise_nm(pdk, Role.TAP) + diode.port("e1").y_nm
        cathode_y = anode_y - diode.port("e1").y_nm + diode.port("e2").y_nm
        anode_x = tap_x + 33_000
        heater, cathode, back = (x + 36_000, half), (tap_x, half), (x + 36_000, -half)
        twin = f"{name}_twin"
        returns = (Pin(name, "e1"), Pin(twin, "e1"), Pin(twin, "e2"))
        strap = ((x + e2, 0), (x + e2, TWIN_STRAP_NM), (x + e1, TWIN_STRAP_NM))
        drop = ((x + e2, up), (x + e2, up - 30_000), (heater[0], up - 30_000), heater)
        around = ((out - 5_000, cathode_y), (out + 8_000, cathode_y), (out + 8_000, half), cathode)
        diode_path = f"{name}_tap.pd"
        current = heater_current_ma(pdk)
        nets |= {
            name: Landing((Pin(name, "e2"),), heater, (drop,), current),
            f"{name}_return": Landing(returns, back, (((x + e1, up), (x + e1, -half), back), strap), current),
            f"{name}_pd": Landing(
                (Pin(diode_path, "e1"),), (anode_x, up + half), (((anode_x, anode_y), (anode_x, up + half)),)
            ),
            f"{name}_bias": Landing((Pin(diode_path, "e2"),), cathode, (around,)),
        }
    return nets


def edge(pdk: Pdk, plan: CellPlan) -> dict[str, Landing]:
    """Nothing drives the heaters of a bare row: all their ends lie on one bump, on the outer side."""
    shifter, half = pdk.device(Role.PHASE_SHIFTER), pdk.row_pitch_nm // 2
    xs = [
        (plan.places[name].x_nm + shifter.port(port).x_nm, Pin(name, port))
        for name in ("shifter_1", "shifter_2")
        for port in ("e1", "e2")
    ]
    bump = (60_000, half)
    stubs = tuple(((x, 0), (x, TWIN_STRAP_NM)) for x, _ in xs)
    trunk = ((xs[0][0], TWIN_STRAP_NM), (xs[-1][0], TWIN_STRAP_NM))
    riser = ((bump[0], TWIN_STRAP_NM), bump)
    return {"return": Landing(tuple(pin for _, pin in xs), bump, (*stubs, trunk, riser))}


def input_cell(pdk: Pdk, plan: CellPlan) -> dict[str, Landing]:
    """The modulator's three nets above its straps, the photodiodes' three below the row."""
    nets = modulator(pdk, plan)
    diode, half = pdk.device(Role.PHOTODIODE), pdk.row_pitch_nm // 2
    west, east = plan.places["backward"], plan.places["monitor"]
    anode, cathode = west.port(diode.port("e1")), west.port(diode.port("e2"))
    far = east.port(diode.port("e1"))
    backward, monitor, bias = (351_000, -half), (447_000, -half), (543_000, -half)
    step = far.x_nm - 10_000
    nets["backward"] = Landing(
        (Pin("backward", "e1"),), backward, (((anode.x_nm + 34_000, anode.y_nm), (backward[0], anode.y_nm), backward),)
    )
    nets["monitor"] = Landing(
        (Pin("monitor", "e1"),), monitor, (((step - 24_000, far.y_nm), (step - 24_000, -half), monitor),)
    )
    out = far.x_nm + 6_000
    trunk = ((anode.x_nm + 10_000, cathode.y_nm), (out, cathode.y_nm), (out, -half), bias)
    nets["bias"] = Landing((Pin("backward", "e2"), Pin("monitor", "e2")), bias, (trunk,))
    return nets


def output_cell(pdk: Pdk, plan: CellPlan) -> dict[str, Landing]:
    """Modulator and shifter above the row, detector below it and towards the mesh."""
    nets = modulator(pdk, plan)
    shifter, diode = pdk.device(Role.PHASE_SHIFTER), pdk.device(Role.PHOTODIODE)
    half = pdk.row_pitch_nm // 2
    e1, e2 = (plan.places["shifter"].port(shifter.port(name)) for name in ("e1", "e2"))
    signal, back = (e1.x_nm, half), (e2.x_nm - 25_000, half)
    low = 25_000
    current = heater_current_ma(pdk)
    nets["shifter"] = Landing((Pin("shifter", "e1"),), signal, (((e1.x_nm, 0), signal),), current)
    nets["return"] = Landing(
        (Pin("shifter", "e2"),), back, (((e2.x_nm, 0), (e2.x_nm, low), (back[0], low), back),), current
    )
    detector = plan.places["detector"]
    anode, cathode = detector.port(diode.port("e1")), detector.port(diode.port("e2"))
    contact = anode.x_nm - 38_000
    near, far = (135_000, -half), (39_000, -half)
    nets["detector"] = Landing(
        (Pin("detector", "e1"),), near, (((contact, anode.y_nm), (200_000, anode.y_nm), (200_000, -half), near),)
    )
    over = -34_000
    nets["bias"] = Landing(
        (Pin("detector", "e2"),),
        far,
        (((contact, cathode.y_nm), (193_000, cathode.y_nm), (193_000, over), (far[0], over), far),),
    )
    return nets


def attenuator(pdk: Pdk, plan: CellPlan) -> dict[str, Landing]:
    """Rows are too near for bumps between them: all nets run to the right, where the cell has room below its dump.

    Risers and tracks are nested: the rightmost terminal takes the highest track and the rightmost bump. Both ends of an
    undriven heater are joined below it, and with the driven one's return on the lower metal.
    """
    current = heater_current_ma(pdk)
    shifter, diode = pdk.device(Role.PHASE_SHIFTER), pdk.device(Role.PHOTODIODE)
    e1, e2 = shifter.port("e1").x_nm, shifter.port("e2").x_nm
    end = plan.places["coupler_2"].x_nm + pdk.device(Role.SPLITTER_2X2).port("o4").x_nm + detour_nm(pdk)
    down = plan.places["phi_twin"].y_nm
    diode_y = pdk.device(Role.TAP).port("o2").y_nm + rise_nm(pdk, Role.TAP)
    bump_y = down - (pdk.row_pitch_nm + down) // 2
    risers: list[tuple[str, Pin, Point, int]] = []
    for name in ("phi", "theta"):
        x = plan.places[name].x_nm
        out = x + shifter.port("o2").x_nm + diode.port("e2").x_nm
        cathode_y = diode_y + diode.port("e2").y_nm
        risers += [
            (f"{name}_return", Pin(name, "e1"), (x + e1, 0), 0),
            (name, Pin(name, "e2"), (x + e2, 0), 0),
            (f"{name}_bias", Pin(f"{name}_tap.pd", "e2"), (out - 5_000, cathode_y), 13_000),
        ]
    anodes = [
        (f"{name}_pd", Pin(f"{name}_tap.pd", "e1"), (plan.places[name].x_nm + arm_nm(pdk) + 10_000, diode_y + 7_500), 0)
        for name in ("theta", "phi")
    ]
    nets: dict[str, Landing] = {}
    for k, (name, pin, start, aside) in enumerate([*risers, *anodes]):
        track, bump = -35_000 + 5_000 * k, (end + 30_000 + 96_000 * k, bump_y)
        x = start[0] + aside
        path = (start, (x, start[1]), (x, track), (bump[0], track), bump)
        if k >= len(risers):
            above, drop = 42_000 + 5_000 * (k - len(risers)), end - 40_000 + 5_000 * k
            path = (start, (x, above), (drop, above), (drop, track), (bump[0], track), bump)
        if not name.endswith("_return"):
            nets[name] = Landing((pin,), bump, (path,), current if name in ("phi", "theta") else 0.0)
            continue
        twin, first, last = f"{pin.instance}_twin", start[0], start[0] - e1 + e2
        low = down - TWIN_STRAP_NM
        strap = ((first, down), (first, low), (last, low), (last, down))
        pins = (pin, Pin(twin, "e1"), Pin(twin, "e2"))
        nets[name] = Landing(pins, bump, (path, strap), current, (((first, 0), (first, down)),))
    return nets


def modulator(pdk: Pdk, plan: CellPlan) -> dict[str, Landing]:
    """The three nets of the instance `modulator`, half a row above it."""
    device, at = pdk.device(Role.MODULATOR), plan.places["modulator"]
    nets: Mapping[str, str] = {"drive": "e3", "bias_low": "e1", "bias_high": "e2"}
    landings = {}
    for net, terminal in nets.items():
        port = at.port(device.port(terminal))
        bump = (port.x_nm, at.y_nm + pdk.row_pitch_nm // 2)
        landings[net] = Landing((Pin("modulator", terminal),), bump, (((port.x_nm, port.y_nm - 3_000), bump),))
    return landings
