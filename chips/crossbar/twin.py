"""The digital twin of a crossbar: a `CrossbarChip` made of a netlist, a PDK's models and drawn imperfections.

One chip, or R of them that are programmed and measured together and differ in nothing but their seeds: a chip of a seed
gives the same numbers alone and among others. What it hides lives behind leading underscores: `program` and `measure`
are all that a trainer may touch, `chips.crossbar.truth` is for judges.

    draw ─► fringes of every photodiode (engine, once) ─► program: W, mA per mW ─► measure: products and sines
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from chips.crossbar.chip import Drive, Photocurrents
from chips.crossbar.draw import draw
from chips.crossbar.electronics import Electronics
from chips.crossbar.fringes import CrossbarCircuit, crossbar_circuit, shifters
from chips.crossbar.orders import Sizes, ordered, programmed
from chips.crossbar.receive import Receivers
from chips.crossbar.shot import Hardware, Shots
from chips.crossbar.weights import Matrices, Weights, heat_matrix
from chips.noise import intensity_noise
from chips.variation import Imperfections
from compiler.crossbar_paths import crossbar_paths
from compiler.crossbar_tables import CrossbarTables, crossbar_tables
from compiler.heat import ThermalTable
from compiler.netlist import Netlist
from compiler.places import Places
from compiler.tables import WAVELENGTH_UM
from pdk.contract import Pdk


class CrossbarTwin:
    """Simulated crossbar chips. Implements `chips.crossbar.chip.CrossbarChip`.

    `seed`: of one chip, or R seeds for R chips (arrays then have a leading axis R). `thermal`: the layout's thermal
    neighbours; None, where no layout tells distances: no heater warms another; no voltage does. `places`: where the
    layout puts devices; None: no two have anything in common. `circuit`, `tables`: of `crossbar_circuit` and
    `crossbar_tables` for the same netlist, where many twins are made of one.

    Reflections, linewidth and an offset of the laser's wavelength are left out: no two ways of light meet but the arms
    of a weight, equally long, whose phases are drawn anyway.

    Weights start at no phase, or undarkened.
    """

    def __init__(
        self,
        netlist: Netlist,
        pdk: Pdk,
        imperfections: Imperfections,
        seed: int | Sequence[int],
        *,
        electronics: Electronics,
        thermal: ThermalTable | None = None,
        places: Places | None = None,
        wl_um: float = WAVELENGTH_UM,
        circuit: CrossbarCircuit | None = None,
        tables: CrossbarTables | None = None,
    ) -> None:
        self._one = not isinstance(seed, Sequence)
        seeds = tuple(seed) if isinstance(seed, Sequence) else (seed,)
        self._tables = tables = tables or crossbar_tables(netlist, pdk)
        if len(electronics.gains) != tables.layers:
            raise ValueError(f"electronics: found {len(electronics.gains)} layers, expected {tables.layers}")
        circuit = circuit or crossbar_circuit(crossbar_paths(netlist, pdk), netlist, pdk)
        drawn = draw(circuit.paths, netlist, pdk, imperfections, seeds, circuit.circuit.instances, places)
        fringes = circuit.fringes(drawn.devices, wl_um=wl_um)
        warming = thermal if tables.drive.kind == "thermo-optic" else None
        heat = heat_matrix(shifters(circuit.paths, netlist, pdk), warming, imperfections.thermal_crosstalk)
        self._weights = Weights(tables, fringes, drawn, imperfections.dac_bits, heat)
        extinction_db = imperfections.extinction_db
        self._hardware = Hardware(
            tables=tables,
            fringes=fringes,
            drawn=drawn,
            electronics=electronics,
            receivers=Receivers.of(imperfections, seeds),
            dac_bits=imperfections.dac_bits,
            floor=0.0 if extinction_db is None else 10 ** (-extinction_db / 10),
            closed=0.0 if extinction_db is None else 10 ** (-tables.attenuator_range_db / 10),
            laser_noise=intensity_noise(imperfections),
            dark_ma=1e-6 * pdk.value("photodiode_dark_current_na"),
        )
        self.seeds = seeds
        """(R)"""
        self.shots = 0
        """Shots that each chip has measured so far, K for each shot where K programs are loaded."""
        self._own: dict[str, np.ndarray] = {}
        self._matrices: dict[str, Matrices] = {}
        start = tables.drive.zero if tables.kind == "mzi" else 0.0
        self.program({table.name: np.full((table.rows, table.columns), start) for table in tables.banks})

    def program(self, weights: Mapping[str, np.ndarray]) -> None:
        """Set banks: (…, K, rows, columns) settings of phase shifters, or currents in mA; see `CrossbarChip.program`.

        Axes before rows may be left out from the left: (rows, columns) is the same for all programs and chips.
        """
        own = dict(self._own)
        for name, values in programmed(weights, self._tables, len(self.seeds), self._one).items():
            index = [table.name for table in self._tables.banks].index(name)
            own[name] = self._weights.own(index, values)
        programs = {values.shape[1] for values in own.values()} - {1}
        if len(programs) > 1:
            counts = ", ".join(f"{name}: {values.shape[1]}" for name, values in own.items())
            raise ValueError(f"program: found banks with different numbers of programs ({counts}), expected one, or 1")
        self._own, self._matrices = own, self._weights.matrices(own)

    @property
    def bank_shapes(self) -> dict[str, tuple[int, int]]:
        """Rows and columns of each bank."""
        return {table.name: (table.rows, table.columns) for table in self._tables.banks}

    def walk_off(self, turned_rad: Mapping[str, np.ndarray]) -> None:
        """Turn the driven arm of every interferometer of a bank against the other by (R, rows, columns). The program
        stays. See `chips.crossbar.drift`; nobody at the bench can do this."""
        fringes = self._weights.fringes.turned([turned_rad[table.name] for table in self._tables.banks])
        self._weights = replace(self._weights, fringes=fringes)
        self._matrices = self._weights.matrices(self._own)

    def measure(self, drive: Drive) -> Photocurrents:
        """Run a batch of shots under each program and read what is asked for: (K, B, n), or (R, K, B, n), in mA."""
        programs = max(values.shape[1] for values in self._own.values())
        drive, shots = ordered(drive, self._tables, Sizes(len(self.seeds), programs, self._one))
        run = Shots(self._hardware, self._matrices, drive, (len(self.seeds), programs, shots))
        self.shots += programs * shots
        found = {reading: np.swapaxes(run.read(reading), 2, 3) for reading in drive.read}
        return {reading: values[0] for reading, values in found.items()} if self._one else found


def noise_state(twin: CrossbarTwin) -> dict[str, Any]:
    """Where the noise streams of a twin's chips stand, as JSON holds it: what a run needs beside its own state to go on
    exactly."""
    return twin._hardware.receivers.streams.state


def restore_noise(twin: CrossbarTwin, state: Mapping[str, Any]) -> None:
    """Put a twin's noise streams where `noise_state` found them; ValueError where it is no such state."""
    try:
        twin._hardware.receivers.streams.state = state
    except (TypeError, KeyError, ValueError) as error:
        raise ValueError(f"not the state of noise streams: {error}") from error
