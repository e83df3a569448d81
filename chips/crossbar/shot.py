"""One measure call of a crossbar: the light of B shots through all layers, as far as somebody reads it.

    column = power of its modulator · shutter          row current = laser · scale · W columns
    neuron's modulator = f(gain · row current / unit + bias), or its order where an override takes the place of that

All arrays are (R, K, n, B), with 1 in place of what is the same for all. Row currents carry their own noise (shot and
thermal) before anything amplifies them, so that neurons and read-out see the same; the laser's noise is common to all
banks in a shot.
"""

from dataclasses import dataclass

import numpy as np

from chips import converters
from chips.crossbar.chip import Drive, Reading
from chips.crossbar.draw import CrossbarDraw, NeuronDraw
from chips.crossbar.electronics import Electronics, unit_ma
from chips.crossbar.fringes import CrossbarFringes
from chips.crossbar.receive import Receivers
from chips.crossbar.weights import Matrices
from compiler.crossbar import is_backward
from compiler.crossbar_tables import BankTable, CrossbarTables


@dataclass(frozen=True, eq=False)
class Hardware:
    """R chips, programs aside."""

    tables: CrossbarTables
    fringes: CrossbarFringes
    drawn: CrossbarDraw
    electronics: Electronics
    receivers: Receivers
    dac_bits: int | None
    floor: float
    """Power that a modulator passes at its darkest."""
    closed: float
    """Power that a closed shutter passes."""
    laser_noise: float
    """Relative standard deviation of the laser's power from shot to shot."""
    dark_ma: float
    """Dark current of a photodiode. Its mean is nulled with the offsets; what is left is its shot noise."""


class Shots:
    """B shots of R chips under K programs; `sizes` is (R, K, B), `drive` as `orders.ordered` gives it."""

    def __init__(
        self, hardware: Hardware, matrices: dict[str, Matrices], drive: Drive, sizes: tuple[int, int, int]
    ) -> None:
        self._hardware, self._matrices, self._drive, self._sizes = hardware, matrices, drive, sizes
        self._index = {table.name: k for k, table in enumerate(hardware.tables.banks)}
        self._columns: dict[str, np.ndarray] = {}
        self._rows: dict[str, np.ndarray] = {}
        self._laser_mw: np.ndarray | float = drive.laser_mw
        if hardware.laser_noise:
            noise = hardware.laser_noise * hardware.receivers.streams.normal((sizes[1], 1, sizes[2]))
            self._laser_mw = drive.laser_mw * (1.0 + noise.astype(float))

    def read(self, reading: Reading) -> np.ndarray:
        """(R, K, n, B) as the converters give it, mA."""
        group, place = reading
        if group == "rows":
            drawn = self._hardware.drawn.banks[self._index[place]].readout
            return self._receive(self._rows_ma(place), drawn.gain[group], drawn.offset[group], signed=True)
        if group == "monitors":
            return self._monitors(place)
        layer = int(place.removeprefix("layer")) - 1
        return self._slopes(layer) if group == "slopes" else self._outputs(layer)

    def _rows_ma(self, name: str) -> np.ndarray:
        """Photocurrents on the wires of a bank's rows, their own noise included."""
        if name not in self._rows:
            power_mw, matrices, hardware = self._power_mw(name), self._matrices[name], self._hardware
            current_ma = matrices.signed @ power_mw
            if hardware.receivers.are_noisy:
                absorbed_ma = matrices.absorbed @ power_mw
                absorbed_ma += 2 * self._table(name).columns * hardware.dark_ma
                whole = np.broadcast_to(current_ma, (*self._sizes[:2], current_ma.shape[2], self._sizes[2]))
                current_ma = hardware.receivers.detected(whole, absorbed_ma)
            self._rows[name] = current_ma
        return self._rows[name]

    def _power_mw(self, name: str) -> np.ndarray:
        """What each column of a bank carries, as power at the fibre."""
        return self._column(name) * self._supply_mw(name)

    def _supply_mw(self, name: str) -> np.ndarray | float:
        scale = self._drive.scale.get(name)
        return self._laser_mw if scale is None else self._laser_mw * self._open(scale)

    def _column(self, name: str) -> np.ndarray:
        """Power into each column of a bank, 0 … 1."""
        if name not in self._columns:
            power = self._errors(name) if is_backward(name) else self._signals(name)
            if name in self._drive.open_columns:
                power = power * np.where(self._drive.open_columns[name], 1.0, self._hardware.closed)
            self._columns[name] = power
        return self._columns[name]

    def _errors(self, name: str) -> np.ndarray:
        dark = np.zeros((1, 1, self._table(name).columns, 1))
        return self._open(self._drive.errors.get(name, dark))

    def _signals(self, name: str) -> np.ndarray:
        """A forward bank's columns, the bias light last."""
        signals, layer = self._table(name).columns - 1, int(name.removeprefix("layer").split(".")[0]) - 1
        if layer:
            found = self._neurons(layer - 1)
        else:
            inputs = self._drive.inputs
            found = self._open(np.zeros((1, 1, signals, 1)) if inputs is None else inputs)
        power = np.empty((*found.shape[:2], signals + 1, found.shape[3]))
        power[:, :, :-1] = found
        power[:, :, -1:] = self._open(np.full((1, 1, 1, 1), float(self._drive.bias)))
        return power

    def _open(self, order: np.ndarray) -> np.ndarray:
        """What a modulator passes."""
        floor = self._hardware.floor
        power = converters.dac(order, self._hardware.dac_bits, full_scale=1.0)
        return floor + (1 - floor) * power if floor else power

    def _neurons(self, layer: int) -> np.ndarray:
        """Light of the modulators of a layer's neurons."""
        order = self._drive.override.get(_bank_behind(layer))
        if order is not None:
            return self._open(order)
        drawn = self._neuron_draw(layer)
        return self._respond(layer, drawn.gain, drawn.bias_rad)

    def _replicas(self, layer: int) -> np.ndarray:
        """Light of their replicas."""
        drawn, shift_rad = self._neuron_draw(layer), self._drive.replica_shift_rad
        order = self._drive.override.get(_bank_behind(layer))
        if order is None:
            return self._respond(layer, drawn.replica_gain, drawn.replica_bias_rad + shift_rad)
        electronics = self._hardware.electronics
        v = electronics.drive(layer, converters.dac(order, self._hardware.dac_bits, full_scale=1.0))
        set_point = electronics.biases_rad[layer]
        v = (v - set_point) * _each(drawn.replica_gain)
        return self._lit(layer, v + _each(set_point + drawn.replica_bias_rad + shift_rad))

    def _respond(self, layer: int, gain: np.ndarray, bias_rad: np.ndarray) -> np.ndarray:
        """Light of modulators with these deviations (R, n) of gain and bias, driven by their rows."""
        electronics, table = self._hardware.electronics, self._table(f"layer{layer + 1}.forward")
        unit = unit_ma(table, self._hardware.tables.responsivity_a_per_w, self._drive.laser_mw)
        v = self._rows_ma(table.name) * _each(electronics.gains[layer] / unit * gain)
        v += _each(electronics.biases_rad[layer] + bias_rad)
        return self._lit(layer, v)

    def _lit(self, layer: int, v: np.ndarray) -> np.ndarray:
        floor, light = self._hardware.floor, self._hardware.electronics.light(layer, v)
        return floor + (1 - floor) * light if floor else light

    def _neuron_draw(self, layer: int) -> NeuronDraw:
        if layer == self._hardware.tables.layers - 1:
            return self._hardware.drawn.output_neuron
        neuron = self._hardware.drawn.banks[self._index[_bank_behind(layer)]].neuron
        return neuron.first(self._table(f"layer{layer + 1}.forward").rows)

    def _monitors(self, name: str) -> np.ndarray:
        hardware, index = self._hardware, self._index[name]
        drawn, fringes = hardware.drawn.banks[index].readout, hardware.fringes.banks[index]
        current_ma = self._current_ma(self._power_mw(name), fringes.monitor, drawn.responsivity["monitors"])
        return self._receive(current_ma, drawn.gain["monitors"], drawn.offset["monitors"])

    def _slopes(self, layer: int) -> np.ndarray:
        hardware, light = self._hardware, self._replicas(layer)
        if layer == hardware.tables.layers - 1:
            drawn = hardware.drawn.outputs
            current_ma = self._current_ma(light * self._laser_mw, hardware.fringes.slope, drawn.responsivity["slopes"])
            return self._receive(current_ma, drawn.gain["slopes"], drawn.offset["slopes"])
        name, count = _bank_behind(layer), light.shape[2]
        drawn, power = hardware.drawn.banks[self._index[name]].readout, hardware.fringes.banks[self._index[name]].slope
        parts = (drawn.responsivity, drawn.gain, drawn.offset)
        responsivity, gain, offset = (part["slopes"][:, :count] for part in parts)
        current_ma = self._current_ma(light * self._supply_mw(name), power[:, :count], responsivity)
        return self._receive(current_ma, gain, offset)

    def _outputs(self, layer: int) -> np.ndarray:
        drawn, fringes = self._hardware.drawn.outputs, self._hardware.fringes
        current_ma = self._current_ma(
            self._neurons(layer) * self._laser_mw, fringes.output, drawn.responsivity["outputs"]
        )
        return self._receive(current_ma, drawn.gain["outputs"], drawn.offset["outputs"])

    def _current_ma(self, power_mw: np.ndarray, passed: np.ndarray, responsivity: np.ndarray) -> np.ndarray:
        return power_mw * _each(self._hardware.tables.responsivity_a_per_w * passed * responsivity)

    def _receive(
        self, current_ma: np.ndarray, gain: np.ndarray, offset: np.ndarray, *, signed: bool = False
    ) -> np.ndarray:
        whole = np.broadcast_to(current_ma, (*self._sizes[:2], current_ma.shape[2], self._sizes[2]))
        return self._hardware.receivers.read(whole, gain, offset, dark_ma=self._hardware.dark_ma, signed=signed)

    def _table(self, name: str) -> BankTable:
        return self._hardware.tables.banks[self._index[name]]


def _bank_behind(layer: int) -> str:
    """The bank whose columns a layer's neurons light; none of that name behind the last."""
    return f"layer{layer + 2}.forward"


def _each(values: np.ndarray) -> np.ndarray:
    """(R, n) against (R, K, n, B)."""
    return values[:, None, :, None]
