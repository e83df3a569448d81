"""What every foundry must say of itself: roles, devices, models, numbers, layers, rules.

A PDK is data plus two lazy doors: `Pdk.models()` opens the S-matrix models (JAX), `Pdk.build()` draws a cell
(gdsfactory). Everything else - ports, sizes, fingerprints - is read from a table, so that whoever only places,
routes or extracts needs neither.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import pi
from pathlib import Path
from typing import Any, Literal, Protocol

from pdk.finding import Finding

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
    """What the technology mapper asks a foundry for."""

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


@dataclass(frozen=True)
class Drive:
    """What a phase shifter is set by: the power of a heater, or the voltage between two electrodes.

    A setting runs from 0 to `limit`; phase = pi (setting - zero) / per_pi. Of a heater, the setting is its power. Of an
    electro-optic shifter, whose field may point either way, setting - zero is its voltage; the electrodes get half of
    it each, with opposite signs (push-pull).
    """

    kind: Literal["thermo-optic", "electro-optic"]
    unit: Literal["mW", "V"]
    per_pi: float
    """Nominal setting for a phase of pi."""
    range_rad: float
    """Phase over the whole range."""

    @property
    def limit(self) -> float:
        """The largest setting."""
        return self.range_rad / pi * self.per_pi

    @property
    def zero(self) -> float:
        """The setting of no phase: of a voltage, the middle of the range."""
        return self.limit / 2 if self.kind == "electro-optic" else 0.0

    @property
    def least_rad(self) -> float:
        """Phase at the least setting."""
        return -self.range_rad / 2 if self.kind == "electro-optic" else 0.0

    @property
    def most_rad(self) -> float:
        """Phase at the largest setting."""
        return self.least_rad + self.range_rad

    def setting(self, phase_rad: Any) -> Any:
        """The setting of a phase, or of an array of them."""
        return self.zero + phase_rad / pi * self.per_pi

    def phase_rad(self, setting: Any) -> Any:
        """The phase of a setting, or of an array of them."""
        return (setting - self.zero) / self.per_pi * pi

    def wrapped(self, phase_rad: Any) -> Any:
        """The same phase, or array of phases, by whole turns: from 0, or of a voltage from -pi, a turn on."""
        start = -pi if self.kind == "electro-optic" else 0.0
        return (phase_rad - start) % (2 * pi) + start


@dataclass(frozen=True)
class Submission:
    """What a foundry asks of the file that is sent to it."""

    top_cell: str = "{name}"
    """Name of the top cell, `{name}` being the design's."""
    checks: Mapping[str, Callable[[Path], tuple[Finding, ...]]] = field(default_factory=dict)
    """The foundry's own checks by name, run on the exported file. NotInstalledError where what they need is absent."""
    needs: tuple[str, ...] = ()
    """What a real submission needs beside the bundle, a sentence each."""
    drops: tuple[str, ...] = ("pin", "pin_electrical", "outline")
    """Names of the layers that are left out of that file: what a layout says of itself, not what is made."""


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
    submission: Submission = Submission()

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
