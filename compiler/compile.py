"""Network to circuit: which cells a design needs, and the one netlist that holds them."""

from collections.abc import Mapping
from types import MappingProxyType

from compiler import cells, crossbar, layer, mesh
from compiler import structures as test
from compiler.names import TOP
from compiler.netlist import Cell, Netlist
from compiler.network import Design
from pdk.contract import Pdk, Role

NEEDED = (
    Role.STRAIGHT,
    Role.BEND,
    Role.SPLITTER_2X2,
    Role.PHASE_SHIFTER,
    Role.TAP,
    Role.BALANCE_TAP,
    Role.PHOTODIODE,
    Role.MODULATOR,
    Role.LOOP_MIRROR,
    Role.TERMINATION,
)
"""Roles that every mesh needs; an SVD layer needs a crossing too, and each chip its kind of fibre coupler."""

OTHERWISE: Mapping[Role, tuple[str, Role | None]] = MappingProxyType(
    {
        Role.CROSSING: ("linear: unitary", None),
        Role.EDGE_COUPLER: ("io: grating", Role.GRATING_COUPLER),
        Role.GRATING_COUPLER: ("io: edge", Role.EDGE_COUPLER),
        Role.SPLITTER_1X2: ("architecture: mesh", None),
        Role.ATTENUATOR: ("architecture: mesh", None),
        Role.BUMP: ("bonding: wire", Role.BOND_PAD),
        Role.BOND_PAD: ("bonding: bump", Role.BUMP),
    }
)
"""What a spec may say instead of asking for a role, and the role that this asks for."""

RATHER: Mapping[Role, str] = MappingProxyType({Role.ATTENUATOR: "weight: mzi"})
"""What a spec may say where a stand-in plays a role that no stand-in will do for."""


class MissingRoleError(ValueError):
    """The process has no cell for something that the design needs."""


def compile_circuit(design: Design, pdk: Pdk) -> Netlist:
    """The designed circuit, without waveguides: routing adds them.

    Of a network, a mesh only needs how many layers there are; every layer of a chip has the same number of ports, and
    ports that a layer does not use stay dark. The banks of a crossbar are as wide as their layers.
    """
    chip, network = design.chip, design.network
    if chip.architecture == "crossbar":
        roles = (*crossbar.needed(chip.weight), laser_role(chip.io), *on_a_die(chip.bonding))
        require(pdk, roles, crossbar.itself(chip.weight))
        return crossbar.build(
            pdk,
            inputs=network.layer_inputs,
            outputs=network.layer_outputs,
            weight=chip.weight,
            io=chip.io,
            structures=True,
        )
    layers = len(network.layers)
    require(pdk, (*mesh_roles(chip.linear, chip.io), *on_a_die(chip.bonding)))
    return build(pdk, ports=design.ports, layers=layers, linear=chip.linear, io=chip.io, structures=True)


def build(
    pdk: Pdk, *, ports: int, layers: int, linear: str = "unitary", io: str = "edge", structures: bool = False
) -> Netlist:
    """The circuit of a chip: `layers` equal layers of `ports` ports, `linear` unitary or svd, `io` edge or grating.

    `structures`: with the test structures of `compiler.structures` below the layers.
    Its nets carry light alone: pads and wires come with the layout.
    """
    laser, svd = laser_role(io), linear == "svd"
    require(pdk, mesh_roles(linear, io))
    circuit: dict[str, Cell] = {
        TOP: layer.chip(layers, structures),
        "layer": (layer.svd if svd else layer.unitary)(pdk, ports, laser),
        layer.feed_cell(ports): cells.feed(pdk, ports),
        layer.mesh_cell(ports): mesh.mesh(ports),
        cells.INPUT: cells.input_cell(pdk),
        cells.OUTPUT: cells.output_cell(pdk),
        cells.MZI: cells.mzi(pdk),
        cells.BACKWARD_TAP: cells.backward_tap(pdk),
        cells.BLIND_TAP: cells.blind_tap(pdk),
    }
    if ports > 2:
        circuit |= {cells.EDGE: cells.edge(pdk), cells.BALANCE: cells.balance(pdk)}
    if svd:
        circuit |= {
            layer.feed_cell(2 * ports): cells.feed(pdk, 2 * ports),
            cells.ATTENUATOR: cells.mzi_attenuator(pdk),
            layer.ESCAPE: mesh.escape(pdk, ports),
        }
    if structures:
        circuit |= {test.STRUCTURES: test.structures(pdk, laser), test.BARE_MZI: test.bare_mzi(pdk)}
    return Netlist(TOP, circuit)


def laser_role(io: str) -> Role:
    """The fibre coupler that `io`, edge or grating, asks for."""
    return Role.EDGE_COUPLER if io == "edge" else Role.GRATING_COUPLER


def mesh_roles(linear: str, io: str) -> tuple[Role, ...]:
    """What a mesh of such layers asks of a process."""
    return (*NEEDED, laser_role(io), *((Role.CROSSING,) if linear == "svd" else ()))


def on_a_die(bonding: str) -> tuple[Role, ...]:
    """What the layout adds to any circuit: marks, and contacts, which are pads wherever bumps are not asked for."""
    return Role.ALIGNMENT_MARK, Role.BUMP if bonding == "bump" else Role.BOND_PAD


def require(pdk: Pdk, roles: tuple[Role, ...], itself: tuple[Role, ...] = ()) -> None:
    """MissingRoleError, in one line, with all roles that the process has neither a cell nor a stand-in for, and those
    of `itself`, which no stand-in will do for, that it has no cell of its own for."""
    lacks = [role for role in roles if role not in pdk.roles or (role in itself and role in pdk.missing)]
    if not lacks:
        return
    said = ", ".join(f"{role} ({pdk.missing[role].rstrip('.')})" if role in pdk.missing else role for role in lacks)
    mends = dict.fromkeys(_otherwise(pdk, role) for role in lacks)
    mend = "" if "" in mends else f"set {', '.join(mends)}, or "
    raise MissingRoleError(
        f"pdk: {pdk.name} has no {said}, which this design needs; {mend}choose another process (backlight pdks)"
    )


def _otherwise(pdk: Pdk, role: Role) -> str:
    """What to say in the spec instead; empty where nothing helps."""
    if role in pdk.roles:
        return RATHER.get(role, "")
    text, needs = OTHERWISE.get(role, ("", None))
    return text if needs is None or needs in pdk.roles else ""
