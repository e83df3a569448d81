"""S-matrices of the cells without a wire. `wl` in um (1.5-1.6); settings and `wl` broadcast against each other.

Couplers follow 1/sqrt(2) [[1, i], [i, 1]] behind the phase of a waveguide of their length: bar (o1 to o4, o2 to o3) has
that phase, cross (o1 to o3, o2 to o4) 90 degrees more. So rows that pass equally long ways past couplers and past plain
waveguides stay in step. The loss of an MMI covers its whole length.
"""

from jax import Array
from jax.typing import ArrayLike

from pdk.contract import Model
from pdk.generic import dimensions, table
from pdk.generic.coupling import WAVELENGTH_UM
from pdk.generic.numbers import NUMBERS
from pdk.generic.propagation import amplitude, phase, propagate
from pdk.generic.sdict import SDict, reciprocal
from pdk.light import jnp

PATH_NM = {name: device.path_nm for name, device in table.devices().items()}


def straight(wl: ArrayLike = 1.55, length_nm: ArrayLike = 10_000) -> SDict:
    """Waveguide of `length_nm`."""
    return reciprocal({("o1", "o2"): propagate(wl, length_nm)}, wl)


def bend_90(wl: ArrayLike = 1.55) -> SDict:
    """Euler bend: waveguide of its path length, and the excess loss of one turn."""
    return reciprocal({("o1", "o2"): propagate(wl, PATH_NM["bend_90"], NUMBERS["bend_90_loss_db"].value)}, wl)


def mmi2x2(wl: ArrayLike = 1.55, imbalance_rad: ArrayLike = 0.0) -> SDict:
    """50:50 splitter; its mixing angle is pi/4 + `imbalance_rad`, the same at every wavelength."""
    mixing_rad = jnp.pi / 4 + jnp.asarray(imbalance_rad, dtype=float)
    return _coupler(wl, mixing_rad, _mmi(wl, "mmi2x2"))


def mmi1x2(wl: ArrayLike = 1.55, imbalance_rad: ArrayLike = 0.0) -> SDict:
    """50:50 splitter from o1 to o2 and o3, in phase; backwards it passes the even part and radiates the odd one.

    `imbalance_rad`: its two fields are as cosine and sine of pi/4 + that, so that no light is won or lost.
    """
    mixing_rad, common = jnp.pi / 4 + jnp.asarray(imbalance_rad, dtype=float), _mmi(wl, "mmi1x2")
    return reciprocal({("o1", "o2"): common * jnp.cos(mixing_rad), ("o1", "o3"): common * jnp.sin(mixing_rad)}, wl)


def directional_coupler(wl: ArrayLike = 1.55, coupling: ArrayLike = 0.5) -> SDict:
    """Evanescent coupler; `coupling` is the power share (0..1) that crosses at 1.55 um."""
    return _evanescent(wl, coupling, PATH_NM["directional_coupler"])


def tap(wl: ArrayLike = 1.55, coupling: ArrayLike = NUMBERS["tap_coupling"].value) -> SDict:
    """Evanescent coupler whose bus is o1 to o4; `coupling` is the power share (0..1) that is tapped at 1.55 um."""
    return _evanescent(wl, coupling, PATH_NM["tap"])


def balance_tap(wl: ArrayLike = 1.55, coupling: ArrayLike = dimensions.BALANCE_COUPLING) -> SDict:
    """Evanescent coupler whose bus, o1 to o4, loses what two mmi2x2 lose."""
    return _evanescent(wl, coupling, PATH_NM["balance_tap"])


def crossing(wl: ArrayLike = 1.55, crosstalk: ArrayLike = 0.0) -> SDict:
    """Crossing of o1-o3 and o2-o4; `crosstalk` is the power share (0..1/4) into each of the two side arms.

    It is 0 unless asked for: at -50 dB (`crossing_crosstalk_db`) it lies below every other error, and it closes loops
    in a circuit. In quadrature to the through light and taken four times from it, it leaves S passive.
    """
    side = jnp.asarray(crosstalk, dtype=float)
    through = propagate(wl, PATH_NM["crossing"], NUMBERS["crossing_loss_db"].value)
    leak = 1j * jnp.sqrt(side) * through
    passed = jnp.sqrt(1 - 4 * side) * through
    sides = dict.fromkeys((("o1", "o2"), ("o2", "o3"), ("o3", "o4"), ("o4", "o1")), leak)
    return reciprocal({("o1", "o3"): passed, ("o2", "o4"): passed} | sides, wl)


def loop_mirror(wl: ArrayLike = 1.55) -> SDict:
    """Sagnac loop behind a 1x2 splitter: everything comes back, less loss."""
    return reciprocal({("o1", "o1"): propagate(wl, PATH_NM["loop_mirror"], NUMBERS["loop_mirror_loss_db"].value)}, wl)


def edge_coupler(wl: ArrayLike = 1.55, reflection: ArrayLike = 0.0) -> SDict:
    """Chip (o1) to fibre (o2); `reflection` is the power share (0..1) that the chip sees come back.

    It stands for what an isolated laser still reflects. The S-matrix is that of a lossless mirror on the chip's side of
    the loss, hence passive whatever the setting.
    """
    return _mirror_then_loss(wl, reflection, amplitude(NUMBERS["edge_coupler_loss_db"].value))


def grating_coupler(wl: ArrayLike = 1.55, reflection: ArrayLike = 0.0) -> SDict:
    """Waveguide (o1) to fibre (o2), a parabola in dB about 1.55 um; `reflection` as in `edge_coupler`."""
    half_um = NUMBERS["grating_coupler_bandwidth_nm"].value / 2000
    detuning = (jnp.asarray(wl, dtype=float) - WAVELENGTH_UM) / half_um
    return _mirror_then_loss(wl, reflection, amplitude(NUMBERS["grating_coupler_loss_db"].value + detuning**2))


def termination(wl: ArrayLike = 1.55, reflection: ArrayLike = 0.0) -> SDict:
    """Absorber; `reflection` is the power share (0..1) that comes back, 0 unless asked for (it closes loops)."""
    return reciprocal({("o1", "o1"): jnp.sqrt(jnp.asarray(reflection, dtype=float))}, wl)


def _mmi(wl: ArrayLike, name: str) -> Array:
    return phase(wl, PATH_NM[name]) * amplitude(NUMBERS[f"{name}_loss_db"].value)


def _evanescent(wl: ArrayLike, coupling: ArrayLike, path_nm: int) -> SDict:
    nominal_rad = jnp.arcsin(jnp.sqrt(jnp.asarray(coupling, dtype=float)))
    detuning_um = jnp.asarray(wl, dtype=float) - WAVELENGTH_UM
    mixing_rad = nominal_rad * (1 + NUMBERS["coupler_dispersion_per_um"].value * detuning_um)
    return _coupler(wl, mixing_rad, propagate(wl, path_nm, NUMBERS["coupler_loss_db"].value))


def _coupler(wl: ArrayLike, mixing_rad: Array, common: Array) -> SDict:
    bar, cross = common * jnp.cos(mixing_rad), 1j * common * jnp.sin(mixing_rad)
    return reciprocal({("o1", "o4"): bar, ("o2", "o3"): bar, ("o1", "o3"): cross, ("o2", "o4"): cross}, wl)


def _mirror_then_loss(wl: ArrayLike, reflection: ArrayLike, passed: Array) -> SDict:
    power = jnp.asarray(reflection, dtype=float)
    through, back = jnp.sqrt(1 - power) * passed, jnp.sqrt(power)
    return reciprocal({("o1", "o1"): back, ("o1", "o2"): through, ("o2", "o2"): -back * passed**2}, wl)


MODELS: dict[str, Model] = {
    model.__name__: model
    for model in (
        straight,
        bend_90,
        mmi2x2,
        mmi1x2,
        directional_coupler,
        tap,
        balance_tap,
        crossing,
        loop_mirror,
        edge_coupler,
        grating_coupler,
        termination,
    )
}
