"""What every foundry must say of itself: roles, devices, models, numbers, layers, rules.

A PDK is data plus two lazy doors: `Pdk.models()` opens the S-matrix models (JAX), `Pdk.build()` draws a cell
(gdsfactory). Everything else - ports, sizes, fingerprints - is read from a table, so that whoever only places,
routes or extracts needs neither.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Protocol

from pdk.drive import Drive
from pdk.submission import Submission

Layer = tuple[int, int]
"""GDS layer and datatype."""

Model = Callable[..., dict[tuple[str, str], Any]]
"""A SAX model: keyword settings in (`wl` in µm), S-matrix out as {(port_in, port_out): complex amplitude}."""


class Builder(Protocol):
    """Draws a cell; imports the foundry's package when called."""

    def __call__(self, name: str, length_nm: int | None = None) -> Any:
        """The cell of that name, as something whose `kdb_cell` holds its polygons (gdsfactory's components do);
        `straight` needs a length in nm, no other cell takes one (ValueError)."""
        ...


class Role(StrEnum):
    """What the technology mapper asks a foundry for.

    Templates, routers and models rely on where a role's ports are (`pdk.conform.frames` checks it). Every device is a
    flat cell on a grid of 1 nm; o1 is at (0, 0) and faces west; nothing lies west of it, nor east of ports that face
    east. Optical ports are as wide as the routing waveguide, an even number of nm. L, R, d, h: lengths of the device's
    own, R the bend radius.

        bend                            o2 (R, R) north
        splitter_2x2, coupler, tap,     o2 (0, d) west, o3 (L, d) east, o4 (L, 0) east; the bus is o1 to o4; mirror
        balance_tap                     images left-right and up-down; what crosses is a quarter of a wave ahead
        splitter_1x2                    o2 (L, h) east, o3 (L, -h) east
        phase_shifter                   o2 (L, 0) east; e1 in the west, e2 in the east, both north, mirror images
        modulator                       o2 (L, 0) east; two or three terminals, all north, between o1 and o2
        attenuator                      o2 (L, 0) east; e1, e2 between o1 and o2
        crossing                        o2 (h, h) north, o3 (2 h, 0) east, o4 (h, -h) south
        photodiode                      o1; anode e1 above cathode e2; no terminals where a camera reads a grating
        loop_mirror, termination        o1
        edge_coupler, grating_coupler   o2 east of o1, the fibre: at the facet, or above the chip
        bond_pad, bump                  e1 (0, 0) west, the middle of its west edge
        alignment_mark                  no port; its middle at (0, 0)
    """

    STRAIGHT = "straight"
    BEND = "bend"
    SPLITTER_2X2 = "splitter_2x2"
    SPLITTER_1X2 = "splitter_1x2"
    COUPLER = "coupler"
    PHASE_SHIFTER = "phase_shifter"
    TAP = "tap"
    BALANCE_TAP = "balance_tap"
    PHOTODIODE = "photodiode"
    MODULATOR = "modulator"
    ATTENUATOR = "attenuator"
    CROSSING = "crossing"
    LOOP_MIRROR = "loop_mirror"
    EDGE_COUPLER = "edge_coupler"
    GRATING_COUPLER = "grating_coupler"
    TERMINATION = "termination"
    BOND_PAD = "bond_pad"
    BUMP = "bump"
    ALIGNMENT_MARK = "alignment_mark"


@dataclass(frozen=True)
class Number:
    """A physical number and where it comes from."""

    value: float
    unit: str
    source: str


@dataclass(frozen=True)
class Port:
    """A port of a cell, in the cell's own frame. The angle points out of the cell."""

    name: str
    x_nm: int
    y_nm: int
    angle_deg: Literal[0, 90, 180, 270]
    width_nm: int
    kind: Literal["optical", "electrical"] = "optical"


@dataclass(frozen=True)
class Device:
    """A fixed cell of the foundry: what it is for, where its ports are, what its polygons hash to."""

    name: str
    role: Role
    ports: tuple[Port, ...]
    bbox_nm: tuple[int, int, int, int]
    """left, bottom, right, top of every polygon, pins and outline excluded."""
    fingerprint: str
    """`pdk.fingerprint.fingerprint` of its polygons and ports."""
    symmetries: tuple[Mapping[str, str], ...] = ()
    """Port permutations (generators) that leave its S-matrix as it is: {port: port that takes its place}."""
    path_nm: int = 0
    """Length of its waveguide from o1 to the port that light leaves by, for length matching."""

    def port(self, name: str) -> Port:
        """The port of that name; KeyError if there is none."""
        for port in self.ports:
            if port.name == name:
                return port
        raise KeyError(f"{self.name} has no port {name}; it has {', '.join(p.name for p in self.ports)}")


RuleKind = Literal["width", "space", "area", "angle", "enclosure", "overlap", "separation", "bend_radius", "grid"]
"""What a design rule limits; `pdk.rules` says of each kind its unit and whether it takes a second layer."""


@dataclass(frozen=True)
class Rule:
    """A design rule as data. `pdk.rules.require` refuses one that cannot be checked."""

    name: str
    kind: RuleKind
    layer: Layer
    limit: int
    """The least that is allowed, in the unit of its kind (nm, nm2 or deg); for `grid` the pitch."""
    source: str
    other: Layer | None = None
    """The second layer: what encloses, overlaps, or has to stay away."""
    unless_on: Layer | None = None
    """Where the second layer lies on this one, a `separation` does not hold: metal that contacts the silicon."""
    guide_width_nm: int = 0
    """Width of the waveguide whose centre line a `bend_radius` is meant for."""


@dataclass(frozen=True)
class Metal:
    """A metal that wires may be drawn on."""

    name: str
    """Its key in the layer map."""
    width_nm: int
    """Narrowest wire."""
    space_nm: int
    """Between two wires."""
    sheet_mohm: float
    """Sheet resistance per square."""
    limit_ma_per_um: float
    """Largest direct current per width, for electromigration."""
    source: str

    def wire_width_nm(self, current_ma: float) -> int:
        """Width of a wire for a current, on a grid of 100 nm (even: wires are centred on the grid)."""
        return max(self.width_nm, -(-round(current_ma / self.limit_ma_per_um * 1000) // 100) * 100)

    def resistance_ohm(self, length_nm: int, width_nm: int) -> float:
        """Resistance of a straight wire."""
        return self.sheet_mohm * 1e-3 * length_nm / width_nm


class NotInstalledError(ImportError):
    """A package or program is needed that is not there. Its text is one line that says how to install it."""


@dataclass(frozen=True)
class Pdk:
    """A foundry process. Frozen; the same value for everyone who asks the registry for it."""

    name: str
    version: str
    layers: Mapping[str, Layer]
    """Names to layers; `core`, `pin`, `pin_electrical`, `outline`, `label` are always there."""
    devices: Mapping[str, Device]
    """Fixed cells by name. Straight waveguides are not in it: they are recognised by their shape."""
    roles: Mapping[Role, str]
    """Role to the name of the cell that plays it (`straight` for the parametric straight)."""
    numbers: Mapping[str, Number]
    rules: tuple[Rule, ...]
    waveguide_width_nm: int
    bend_radius_nm: int
    wavelength_range_um: tuple[float, float]
    """From … to, where the models hold; light of other wavelengths is refused."""
    models: Callable[[], Mapping[str, Model]]
    """Cell name to model; imports JAX when called."""
    build: Builder
    """Cell name to the drawn gdsfactory component (polygons only, origin as in `Device.ports`)."""
    missing: Mapping[Role, str]
    """Roles that the foundry lacks, each with what that means. Where another cell stands in, `roles` names it (no
    photodiode: a grating under a camera); a role that `roles` does not name cannot be had."""
    metals: tuple[Metal, ...] = ()
    """Metals for wires, the lowest first; the last is that of pads and bumps."""
    stack: tuple[str, ...] = ()
    """Layer names of everything that conducts, the lowest first: metal, cuts, metal, ..., metal."""
    touching: Mapping[str, str] = field(default_factory=dict)
    """Metal to the layer under it that it touches without a cut, as a heater's: a wire across it would be a short."""
    pad_pitch_nm: int = 0
    """Centre to centre of neighbouring bond pads."""
    bump_pitch_nm: int = 0
    """Least distance of the centres of two bumps."""
    straight_layers: Mapping[str, int] = field(default_factory=dict)
    """What a straight waveguide has beside its core, such as the slab of a rib: layer name to the width in nm of a box
    with the core's ends and centre line."""
    row_pitch_nm: int = 127_000
    """Centre to centre of two rows of a mesh; a multiple of 127 um fits fibre arrays."""
    dies_nm: tuple[tuple[int, int], ...] = ()
    """Width and height of the dies that one can buy, the smallest first; empty: any up to the reticle."""
    about: str = ""
    """The process in one line."""
    licence: str = ""
    """Of what the foundry's package holds, and of what it pulls in where that is not free."""
    package: str = ""
    """Python package that draws the cells; empty where the project's own dependencies do."""
    extra: str = ""
    """Name of the extra that installs it."""
    submission: Submission = field(default_factory=Submission)

    def device(self, role: Role) -> Device:
        """The cell that plays a role; KeyError where the foundry has none."""
        return self.devices[self.roles[role]]

    def below(self, metal: str) -> tuple[str, str]:
        """Layer names of the cuts under a metal and of the metal that they lead to."""
        at = self.stack.index(metal)
        return self.stack[at - 1], self.stack[at - 2]

    def role_of(self, component: str) -> Role | None:
        """The role that a cell of this PDK plays; None for a name that is not the PDK's."""
        if component == self.roles[Role.STRAIGHT]:
            return Role.STRAIGHT
        device = self.devices.get(component)
        return device.role if device else None

    @property
    def camera(self) -> bool:
        """Whether light is read off the chip: gratings stand where photodiodes would, a camera or fibres above them."""
        return Role.PHOTODIODE in self.missing and Role.PHOTODIODE in self.roles

    @property
    def drive(self) -> Drive:
        """How phase shifters are driven: by voltage where the process states `shifter_v_pi_v`, else by heat."""
        if "shifter_v_pi_v" in self.numbers:
            return Drive("electro-optic", "V", self.value("shifter_v_pi_v"), self.value("shifter_range_rad"))
        return Drive("thermo-optic", "mW", self.value("heater_p_pi_mw"), self.value("shifter_range_rad"))

    def value(self, number: str) -> float:
        """The value of a named physical number, in the unit that its entry states."""
        return self.numbers[number].value
