"""What a budget is made of: ways of light, loads, events, delays. Each architecture says its own; totals are common."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import log, pi

import numpy as np

from compiler.tables import Nominal
from compiler.wiring import Hops
from pdk.contract import Pdk

SPEED_OF_LIGHT_MM_PER_NS = 299.792458
RISE_TIMES_BANDWIDTH = 0.35
"""Rise time from 10 to 90 % of a first-order receiver, times its bandwidth: ln 9 / 2π."""


@dataclass(frozen=True)
class Way:
    """Light from a laser port to one photodiode, every modulator on the way wide open."""

    block: str
    """layer1, layer2.backward, readout."""
    name: str
    """What it carries, such as `local oscillator`; ways of the same name do the same."""
    photodiode: str
    """Instance path."""
    transmission: float
    """Power at the photodiode by power at the laser port."""
    bandwidth_ghz: float
    """Noise bandwidth of its receiver."""
    beside: float = 0.0
    """Transmission of all other light that comes onto the same wire: it adds shot noise and no signal."""
    share: float = 1.0
    """Power at its laser port by that of the others."""

    @property
    def loss_db(self) -> float:
        """Loss from laser port to photodiode; what splitters send elsewhere counts as loss."""
        return -10 * float(np.log10(self.transmission))


@dataclass(frozen=True)
class Load:
    """Something that draws power all the time."""

    name: str
    count: int
    mean_mw: float
    """Of one of them, on the average."""
    most_mw: float
    """Of one of them, at the most."""
    on_chip: bool
    """Whether its heat is the chip's."""
    training_only: bool
    """Whether a chip that only infers does without."""
    source: str

    @property
    def total_mw(self) -> float:
        """Of all of them, on the average."""
        return self.count * self.mean_mw


@dataclass(frozen=True)
class Event:
    """Something that costs energy each time."""

    name: str
    pj: float
    inference: int
    """How often in one inference."""
    sample: int
    """How often for one sample of a training step."""
    step: int
    """How often beside that in a whole step."""
    source: str


@dataclass(frozen=True)
class Delay:
    """A part of the time from inputs to answer, or of the time that training takes."""

    block: str
    """Where; for the time of training, `sample` or `step`."""
    name: str
    ns: float


@dataclass(frozen=True)
class Entry:
    """Where light comes onto the chip."""

    port: str
    """Instance path of the fibre coupler."""
    transmission: float
    """Of that coupler: what share of the light is in the waveguide behind it."""
    hops: Hops
    """The way from there to the first photodiode, for what light does on it."""
    share: float = 1.0
    """Power at this port by that of the others."""


@dataclass(frozen=True)
class Parts:
    """All that an architecture says of itself."""

    architecture: str
    ways: tuple[Way, ...]
    loads: tuple[Load, ...]
    events: tuple[Event, ...]
    delays: tuple[Delay, ...]
    entries: tuple[Entry, ...]
    heaters: int
    """Heaters that a program drives; none where voltages do."""
    shots: int
    """Shots for one sample of a training step."""
    inference_ns: float
    """Between the answers of one inference and the next: all layers work at once, each on a sample of its own."""
    sample_delays: tuple[Delay, ...]
    """What the time for one sample of a training step is made of."""
    step_delays: tuple[Delay, ...]
    """The same for what a whole step takes beside its samples."""


def settle_ns(bandwidth_ghz: float, bits: float) -> float:
    """Time in which a first-order response comes within half a step of its end: (bits + 1) ln 2 / 2πB."""
    return (bits + 1) * log(2) / (2 * pi * bandwidth_ghz)


def flight_ns(nm: float, pdk: Pdk) -> float:
    """Time that light takes for a length of waveguide, by its group index."""
    return nm * 1e-6 * pdk.value("n_g") / SPEED_OF_LIGHT_MM_PER_NS


def behind(hops: Hops, path: str) -> Hops:
    """The rest of a way from a device on, the device included; all of it where the device is not on it."""
    for index, hop in enumerate(hops):
        if hop.path == path:
            return hops[index:]
    return hops


def entries(ways: Iterable[Hops], nominal: Nominal, share: float = 1.0) -> tuple[Entry, ...]:
    """The fibre couplers at which ways begin, once each, in their order; each with the first way that begins there."""
    found: dict[str, Entry] = {}
    for hops in ways:
        if hops[0].path not in found:
            found[hops[0].path] = Entry(hops[0].path, nominal.power(hops[:1]), hops, share)
    return tuple(found.values())
