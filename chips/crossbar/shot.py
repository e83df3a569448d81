"""One measure call of a crossbar: the light of B shots through all layers, as far as somebody reads it.

    column = power of its modulator · shutter          row current = laser · scale · W columns
    neuron's modulator = f(gain · row current / unit + bias), or its order where an override takes the place of that

All arrays are (R, K, B, n), with 1 in place of what is the same for all. Photocurrents carry their own noise (shot and
thermal) before they are amplified, so that neurons and read-out see the same; the laser's noise is common to all.
"""

from dataclasses import dataclass

import numpy as np

from chips import converters
from chips.crossbar.chip import Drive, Group, Reading
from chips.crossbar.draw import CrossbarDraw, NeuronDraw
from chips.crossbar.electronics import Electronics, unit_ma
from chips.crossbar.fringes import CrossbarFringes
from chips.crossbar.receive import NoiseStreams, Receivers
from chips.crossbar.weights import Matrices
from compiler.crossbar_tables import BankTable, CrossbarTables


@dataclass(frozen=True, eq=False)
class Hardware:
    """R chips, programs aside."""

    tables: CrossbarTables
    fringes: CrossbarFringes
    drawn: CrossbarDraw
    electronics: Electronics
    receivers: Receivers
    streams: NoiseStreams
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
    """B shots of R chips under K programs."""

    def __init__(self, hardware: Hardware, matrices: dict[str, Matrices], drive: Drive, sizes: tuple[int, int, int]):
        self._hardware, self._matrices, self._drive, self._sizes = hardware, matrices, drive, sizes
        self._index = {table.name: k for k, table in enumerate(hardware.tables.banks)}
        self._columns: dict[str, np.ndarray] = {}
        self._rows: dict[str, np.ndarray] = {}
        noise = hardware.laser_noise
        self._laser_mw: np.ndarray | float = drive.laser_mw
        if noise:
            self._laser_mw = drive.laser_mw * (1 + noise * hardware.streams.normal((*sizes[1:], 1)))

    def read(self, reading: Reading) -> np.ndarray:
        """(R, K, B, n) as the converters give it."""
        group, place = reading
        if group == "rows":
            bank = self._hardware.drawn.banks[self._index[place]]
            return self._receive(self.rows(place), 0.0, bank.gain[group], bank.offset[group], signed=True)
        if group == "monitors":
            return self._monitors(place)
        layer = int(place.removeprefix("layer")) - 1
        return self._slopes(layer) if group == "slopes" else self._outputs("outputs", layer)

    def rows(self, name: str) -> np.ndarray:
        """Photocurrents on the wires of a bank's rows, their own noise included, mA."""
        if name not in self._rows:
            light, matrices, hardware = self._light_mw(name), self._matrices[name], self._hardware
            current_ma = light @ matrices.signed
            receivers = hardware.receivers
            absorbed_ma = None
            if receivers.shot_noise:
                absorbed_ma = light @ matrices.absorbed + 2 * matrices.signed.shape[-2] * hardware.dark_ma
            sigma_ma = receivers.current_noise_ma(absorbed_ma)
            if np.any(sigma_ma):
                current_ma = current_ma + sigma_ma * hardware.streams.normal((*self._sizes[1:], current_ma.shape[-1]))
            self._rows[name] = current_ma
        return self._rows[name]

    def columns(self, name: str) -> np.ndarray:
        """Power into each column, 0 … 1."""
        if name not in self._columns:
            drive, layer = self._drive, int(name.removeprefix("layer").split(".")[0]) - 1
            table = self._table(name)
            if name.endswith(".backward"):
                power = self._open(drive.errors.get(name, np.zeros((1, 1, 1, table.columns))))
            else:
                bias = self._open(np.full((1, 1, 1, 1), drive.bias))
                if layer:
                    signals = self._neurons(layer - 1)
                else:
                    signals = self._open(drive.inputs if drive.inputs is not None else np.zeros((1, 1, 1, 1)))
                    signals = np.broadcast_to(signals, (*signals.shape[:-1], table.columns - 1))
                power = np.empty((*signals.shape[:-1], table.columns))
                power[..., :-1], power[..., -1:] = signals, bias
            if name in drive.open_columns:
                power = power * np.where(drive.open_columns[name], 1.0, self._hardware.closed)
            self._columns[name] = power
        return self._columns[name]

    def _light_mw(self, name: str) -> np.ndarray:
        """Power of each column as if it came from the fibre, all open."""
        power = self.columns(name)
        return power * self._supply_mw(name)

    def _supply_mw(self, name: str) -> np.ndarray | float:
        scale = self._drive.scale.get(name)
        return self._laser_mw if scale is None else self._laser_mw * self._open(scale)

    def _open(self, order: np.ndarray) -> np.ndarray:
        """What a modulator passes."""
        floor = self._hardware.floor
        power = converters.dac(order, self._hardware.dac_bits, full_scale=1.0)
        return floor + (1 - floor) * power if floor else power

    def _neurons(self, layer: int) -> np.ndarray:
        """Light of the modulators of a layer's neurons."""
        order = self._drive.override.get(self._bank_behind(layer))
        if order is not None:
            return self._open(order)
        drawn = self._neuron_draw(layer)
        return self._respond(layer, drawn.gain, drawn.bias_rad, 0.0)

    def _replicas(self, layer: int) -> np.ndarray:
        """Light of their replicas."""
        drawn, shift_rad = self._neuron_draw(layer), self._drive.replica_shift_rad
        order = self._drive.override.get(self._bank_behind(layer))
        if order is None:
            return self._respond(layer, drawn.replica_gain, drawn.replica_bias_rad, shift_rad)
        electronics = self._hardware.electronics
        v = electronics.drive(layer, converters.dac(order, self._hardware.dac_bits, full_scale=1.0))
        bias = electronics.biases_rad[layer]
        v = (v - bias) * drawn.replica_gain[:, None, None] + (bias + drawn.replica_bias_rad + shift_rad)[:, None, None]
        return self._lit(layer, v)

    def _respond(self, layer: int, gain: np.ndarray, bias_rad: np.ndarray, shift_rad: float) -> np.ndarray:
        electronics, table = self._hardware.electronics, self._table(f"layer{layer + 1}.forward")
        unit = unit_ma(table, self._hardware.tables.responsivity_a_per_w, self._drive.laser_mw)
        v = self.rows(table.name) * (electronics.gains[layer] / unit * gain)[:, None, None]
        v += (electronics.biases_rad[layer] + bias_rad + shift_rad)[:, None, None]
        return self._lit(layer, v)

    def _lit(self, layer: int, v: np.ndarray) -> np.ndarray:
        floor, light = self._hardware.floor, self._hardware.electronics.light(layer, v)
        return floor + (1 - floor) * light if floor else light

    def _neuron_draw(self, layer: int) -> NeuronDraw:
        if layer == self._hardware.tables.layers - 1:
            return self._hardware.drawn.outputs.neuron
        neuron = self._hardware.drawn.banks[self._index[self._bank_behind(layer)]].neuron
        return neuron.first(self._table(f"layer{layer + 1}.forward").rows)

    def _monitors(self, name: str) -> np.ndarray:
        hardware, index = self._hardware, self._index[name]
        drawn, power = hardware.drawn.banks[index], hardware.fringes.banks[index].monitor
        current_ma = self._light_mw(name) * self._per_power(power, drawn.monitor)
        return self._receive_diodes(current_ma, drawn.gain["monitors"], drawn.offset["monitors"])

    def _slopes(self, layer: int) -> np.ndarray:
        hardware = self._hardware
        if layer == hardware.tables.layers - 1:
            return self._outputs("slopes", layer)
        name = self._bank_behind(layer)
        index, count = self._index[name], self._table(f"layer{layer + 1}.forward").rows
        drawn, power = hardware.drawn.banks[index], hardware.fringes.banks[index].slope
        current_ma = self._replicas(layer) * self._supply_mw(name)
        current_ma = current_ma * self._per_power(power[:, :count], drawn.slope[:, :count])
        return self._receive_diodes(current_ma, drawn.gain["slopes"][:, :count], drawn.offset["slopes"][:, :count])

    def _outputs(self, group: Group, layer: int) -> np.ndarray:
        drawn, fringes = self._hardware.drawn.outputs, self._hardware.fringes
        if group == "outputs":
            light, power = self._neurons(layer), self._per_power(fringes.output, drawn.output)
        else:
            light, power = self._replicas(layer), self._per_power(fringes.slope, drawn.slope)
        return self._receive_diodes(light * self._laser_mw * power, drawn.gain[group], drawn.offset[group])

    def _per_power(self, power: np.ndarray, responsivity: np.ndarray) -> np.ndarray:
        """(R, 1, 1, n) mA per mW at the fibre."""
        return (self._hardware.tables.responsivity_a_per_w * power * responsivity)[:, None, None]

    def _receive_diodes(self, current_ma: np.ndarray, gain: np.ndarray, offset: np.ndarray) -> np.ndarray:
        sigma_ma = self._hardware.receivers.current_noise_ma(current_ma + self._hardware.dark_ma)
        return self._receive(current_ma, sigma_ma, gain, offset, signed=False)

    def _receive(self, current_ma, sigma_ma, gain: np.ndarray, offset: np.ndarray, *, signed: bool) -> np.ndarray:
        current_ma = np.broadcast_to(current_ma, (*self._sizes, current_ma.shape[-1]))
        hardware = self._hardware
        return hardware.receivers.read(current_ma, sigma_ma, gain, offset, hardware.streams, signed=signed)

    def _bank_behind(self, layer: int) -> str:
        return f"layer{layer + 2}.forward"

    def _table(self, name: str) -> BankTable:
        return self._hardware.tables.banks[self._index[name]]
