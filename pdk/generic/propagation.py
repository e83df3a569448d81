"""Light in a strip waveguide: the factor that a length of it puts on the field. Every model with a length uses it."""

from jax import Array
from jax.typing import ArrayLike

from pdk.generic.coupling import WAVELENGTH_UM
from pdk.generic.numbers import NUMBERS
from pdk.light import jnp

_SLOPE_PER_UM = (NUMBERS["n_eff"].value - NUMBERS["n_g"].value) / WAVELENGTH_UM
"""dn_eff / dwavelength, from n_g = n_eff - wavelength dn_eff/dwavelength."""


def n_eff(wl: ArrayLike) -> Array:
    """Effective index of the strip at `wl` (um, any shape), linear in the wavelength about 1.55 um."""
    return NUMBERS["n_eff"].value + _SLOPE_PER_UM * (jnp.asarray(wl, dtype=float) - WAVELENGTH_UM)


def propagate(wl: ArrayLike, length_nm: ArrayLike, excess_db: ArrayLike = 0.0) -> Array:
    """exp(i 2 pi n_eff L / wl) times waveguide loss and `excess_db`; `wl` (um), `length_nm` and loss broadcast."""
    length_um = jnp.asarray(length_nm, dtype=float) / 1000
    loss_db = NUMBERS["waveguide_loss_db_per_cm"].value * length_um * 1e-4 + jnp.asarray(excess_db, dtype=float)
    return amplitude(loss_db) * phase(wl, length_nm)


def phase(wl: ArrayLike, length_nm: ArrayLike) -> Array:
    """exp(i 2 pi n_eff L / wl), without loss; `wl` (um) and `length_nm` broadcast."""
    length_um = jnp.asarray(length_nm, dtype=float) / 1000
    return jnp.exp(2j * jnp.pi * n_eff(wl) * length_um / jnp.asarray(wl, dtype=float))


def amplitude(loss_db: ArrayLike) -> Array:
    """Field transmission (0..1) of a loss in dB."""
    return 10 ** (-jnp.asarray(loss_db, dtype=float) / 20)
