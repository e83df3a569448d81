"""Test structures: what a fabricated die is calibrated by, on fibres of their own.

All fibres stand on the west edge, one row each, so every structure turns back. Instances are named for what their fibre
does; `o1` is the topmost.

    loop_in     ──╮   alignment: nothing but waveguide, light finds its way without any power on the chip
    loop_out    ──╯
    short_in    ──┐   cut-back: two ways that differ in straight waveguide alone
    short_out   ──┘
    long_in     ──┐
    long_out    ──┘
    mzi_in      ─── mzi ─╮─╮     a bare interferometer: splitter, phase shifter and its undriven twin, splitter
    mzi_lower   ─────────╯ │
    mzi_upper   ───────────╯
    shifter_in  ─── shifter ─╮
    shifter_out ─────────────╯
    tap_out     ─── tap ─╮       the tap's photodiode sees what enters by tap_in, as it sees backward light in a mesh
    tap_in      ─────────╯
    modulator_in  ─── modulator ─╮
    modulator_out ───────────────╯
"""

from compiler.cells import BACKWARD_TAP, backward_tap, cell
from compiler.netlist import Cell
from pdk.contract import Pdk, Role

STRUCTURES, BARE_MZI = "structures", "bare_mzi"
INSTANCE = "test"
"""Name of the block in the chip."""

FIBRES = (
    "loop_in",
    "loop_out",
    "short_in",
    "short_out",
    "long_in",
    "long_out",
    "mzi_in",
    "mzi_lower",
    "mzi_upper",
    "shifter_in",
    "shifter_out",
    "tap_out",
    "tap_in",
    "modulator_in",
    "modulator_out",
)
"""Fibre couplers from top to bottom, in the order of the ports."""

LOOPS = (("loop_in", "loop_out"), ("short_in", "short_out"), ("long_in", "long_out"))
"""Fibres that a bare waveguide joins."""


def structures(pdk: Pdk, io: Role) -> Cell:
    """All test structures on fibre couplers of one kind. Ports o1 … o15 are the fibres, in the order of `FIBRES`."""
    parts = dict.fromkeys(FIBRES, pdk.roles[io])
    parts |= {
        "mzi": BARE_MZI,
        "shifter": pdk.roles[Role.PHASE_SHIFTER],
        "tap": BACKWARD_TAP,
        "modulator": pdk.roles[Role.MODULATOR],
    }
    nets = [(f"{a},o1", f"{b},o1") for a, b in LOOPS]
    nets += [("mzi_in,o1", "mzi,o1"), ("mzi,o3", "mzi_lower,o1"), ("mzi,o2", "mzi_upper,o1")]
    nets += [("tap_out,o1", "tap,o1"), ("tap,o2", "tap_in,o1")]
    for name in ("shifter", "modulator"):
        nets += [(f"{name}_in,o1", f"{name},o1"), (f"{name},o2", f"{name}_out,o1")]
    return cell(parts, nets, {f"o{row + 1}": f"{fibre},o2" for row, fibre in enumerate(FIBRES)})


def bare_mzi(pdk: Pdk) -> Cell:
    """An interferometer without taps: o1 in, o2 upper and o3 lower out. Undriven, all light leaves crosswise, by o3.

    o1 ──╮           ╭─ theta ──────╮           ╭─ o2
          coupler_1 ─┤              ├─ coupler_2
    dark ╯           ╰─ theta_twin ─╯           ╰─ o3
    """
    shifter, splitter = pdk.roles[Role.PHASE_SHIFTER], pdk.roles[Role.SPLITTER_2X2]
    parts = {"coupler_1": splitter, "dark": pdk.roles[Role.TERMINATION]}
    parts |= {"theta": shifter, "theta_twin": shifter, "coupler_2": splitter}
    nets = [
        ("coupler_1,o1", "dark,o1"),
        ("coupler_1,o3", "theta,o1"),
        ("coupler_1,o4", "theta_twin,o1"),
        ("theta,o2", "coupler_2,o2"),
        ("theta_twin,o2", "coupler_2,o1"),
    ]
    return cell(parts, nets, {"o1": "coupler_1,o2", "o2": "coupler_2,o3", "o3": "coupler_2,o4"})


def taps(pdk: Pdk) -> dict[str, Cell]:
    """The cells that the structures use and a chip without meshes lacks."""
    return {BACKWARD_TAP: backward_tap(pdk)}
