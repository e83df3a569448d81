"""S-matrices of the roles without a wire. `wl` in um; settings and `wl` broadcast against each other.

Couplers follow 1/sqrt(2) [[1, i], [i, 1]] behind the phase of a waveguide of their length: bar (o1 to o4, o2 to o3) has
that phase, cross (o1 to o3, o2 to o4) 90 degrees more. So rows that pass equally long ways past couplers and past plain
waveguides stay in step. The loss of a splitter covers its whole length.
"""

from collections.abc import Mapping

from jax import Array
from jax.typing import ArrayLike

from pdk.contract import Model, Number, Role
from pdk.kit.coupling import WAVELENGTH_UM
from pdk.kit.guide import Guide, amplitude
from pdk.kit.sdict import SDict, reciprocal
from pdk.light import jnp


def mirror_then_loss(wl: ArrayLike, reflection: ArrayLike, passed: Array) -> SDict:
    """From chip (o1) to fibre (o2): a lossless mirror of a power share `reflection`, then the field `passed` (0..1)."""
    power = jnp.asarray(reflection, dtype=float)
    through, back = jnp.sqrt(1 - power) * passed, jnp.sqrt(power)
    return reciprocal({("o1", "o1"): back, ("o1", "o2"): through, ("o2", "o2"): -back * passed**2}, wl)


def passive_models(
    numbers: Mapping[str, Number], path_nm: Mapping[Role, int], balance_coupling: float
) -> dict[Role, Model]:
    """A model for every role without a wire, with the process's numbers and the lengths of waveguide of its cells.

    `balance_coupling`: share of the power that the drawn balance tap takes at 1.55 um.
    """
    guide = Guide.of(numbers)

    def db(name: str) -> float:
        return numbers[name].value

    tapped = db("tap_coupling")

    def path(role: Role) -> int:
        return path_nm.get(role, 0)

    def splitter(wl: ArrayLike, role: Role) -> Array:
        return guide.phase(wl, path(role)) * amplitude(db(f"{role}_loss_db"))

    def evanescent(wl: ArrayLike, coupling: ArrayLike, role: Role) -> SDict:
        nominal_rad = jnp.arcsin(jnp.sqrt(jnp.asarray(coupling, dtype=float)))
        detuning_um = jnp.asarray(wl, dtype=float) - WAVELENGTH_UM
        mixing_rad = nominal_rad * (1 + db("coupler_dispersion_per_um") * detuning_um)
        return mixed(wl, mixing_rad, guide.propagate(wl, path(role), db("coupler_loss_db")))

    def mixed(wl: ArrayLike, mixing_rad: Array, common: Array) -> SDict:
        bar, cross = common * jnp.cos(mixing_rad), 1j * common * jnp.sin(mixing_rad)
        return reciprocal({("o1", "o4"): bar, ("o2", "o3"): bar, ("o1", "o3"): cross, ("o2", "o4"): cross}, wl)

    def straight(wl: ArrayLike = 1.55, length_nm: ArrayLike = 10_000) -> SDict:
        """Waveguide of `length_nm`."""
        return reciprocal({("o1", "o2"): guide.propagate(wl, length_nm)}, wl)

    def bend(wl: ArrayLike = 1.55) -> SDict:
        """Euler bend: waveguide of its path length, and the excess loss of one turn."""
        return reciprocal({("o1", "o2"): guide.propagate(wl, path(Role.BEND), db("bend_loss_db"))}, wl)

    def splitter_2x2(wl: ArrayLike = 1.55, imbalance_rad: ArrayLike = 0.0) -> SDict:
        """50:50 splitter; its mixing angle is pi/4 + `imbalance_rad`, the same at every wavelength."""
        mixing_rad = jnp.pi / 4 + jnp.asarray(imbalance_rad, dtype=float)
        return mixed(wl, mixing_rad, splitter(wl, Role.SPLITTER_2X2))

    def splitter_1x2(wl: ArrayLike = 1.55, imbalance_rad: ArrayLike = 0.0) -> SDict:
        """50:50 splitter from o1 to o2 and o3, in phase; backwards it passes the even part and radiates the odd one.

        `imbalance_rad`: its two fields are as cosine and sine of pi/4 + that, so that no light is won or lost.
        """
        mixing_rad, common = jnp.pi / 4 + jnp.asarray(imbalance_rad, dtype=float), splitter(wl, Role.SPLITTER_1X2)
        return reciprocal({("o1", "o2"): common * jnp.cos(mixing_rad), ("o1", "o3"): common * jnp.sin(mixing_rad)}, wl)

    def coupler(wl: ArrayLike = 1.55, coupling: ArrayLike = 0.5) -> SDict:
        """Evanescent coupler; `coupling` is the power share (0..1) that crosses at 1.55 um."""
        return evanescent(wl, coupling, Role.COUPLER)

    def tap(wl: ArrayLike = 1.55, coupling: ArrayLike = tapped) -> SDict:
        """Evanescent coupler whose bus is o1 to o4; `coupling` is the power share (0..1) that is tapped at 1.55 um."""
        return evanescent(wl, coupling, Role.TAP)

    def balance_tap(wl: ArrayLike = 1.55, coupling: ArrayLike = balance_coupling) -> SDict:
        """Evanescent coupler whose bus, o1 to o4, loses what two splitters lose."""
        return evanescent(wl, coupling, Role.BALANCE_TAP)

    def crossing(wl: ArrayLike = 1.55, crosstalk: ArrayLike = 0.0) -> SDict:
        """Crossing of o1-o3 and o2-o4; `crosstalk` is the power share (0..1/4) into each of the two side arms.

        It is 0 unless asked for: it closes loops in a circuit, and `crossing_crosstalk_db` is small. In quadrature to
        the through light and taken four times from it, it leaves S passive.
        """
        side = jnp.asarray(crosstalk, dtype=float)
        through = guide.propagate(wl, path(Role.CROSSING), db("crossing_loss_db"))
        leak = 1j * jnp.sqrt(side) * through
        passed = jnp.sqrt(1 - 4 * side) * through
        sides = dict.fromkeys((("o1", "o2"), ("o2", "o3"), ("o3", "o4"), ("o4", "o1")), leak)
        return reciprocal({("o1", "o3"): passed, ("o2", "o4"): passed} | sides, wl)

    def loop_mirror(wl: ArrayLike = 1.55) -> SDict:
        """Sagnac loop behind a 1x2 splitter: everything comes back, less loss."""
        return reciprocal({("o1", "o1"): guide.propagate(wl, path(Role.LOOP_MIRROR), db("loop_mirror_loss_db"))}, wl)

    def edge_coupler(wl: ArrayLike = 1.55, reflection: ArrayLike = 0.0) -> SDict:
        """Chip (o1) to fibre (o2); `reflection` is the power share (0..1) that the chip sees come back.

        It stands for what an isolated laser still reflects. The S-matrix is that of a lossless mirror on the chip's
        side of the loss, hence passive whatever the setting.
        """
        return mirror_then_loss(wl, reflection, amplitude(db("edge_coupler_loss_db")))

    def grating_coupler(wl: ArrayLike = 1.55, reflection: ArrayLike = 0.0) -> SDict:
        """Waveguide (o1) to fibre (o2), a parabola in dB about 1.55 um; `reflection` as in `edge_coupler`."""
        half_um = db("grating_coupler_bandwidth_nm") / 2000
        detuning = (jnp.asarray(wl, dtype=float) - WAVELENGTH_UM) / half_um
        return mirror_then_loss(wl, reflection, amplitude(db("grating_coupler_loss_db") + detuning**2))

    def termination(wl: ArrayLike = 1.55, reflection: ArrayLike = 0.0) -> SDict:
        """Absorber; `reflection` is the power share (0..1) that comes back, 0 unless asked for (it closes loops)."""
        return reciprocal({("o1", "o1"): jnp.sqrt(jnp.asarray(reflection, dtype=float))}, wl)

    models = (
        straight,
        bend,
        splitter_2x2,
        splitter_1x2,
        coupler,
        tap,
        balance_tap,
        crossing,
        loop_mirror,
        edge_coupler,
        grating_coupler,
        termination,
    )
    return {Role(model.__name__): model for model in models}
