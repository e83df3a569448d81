"""Light in a waveguide: the factor that a length of it puts on the field. Every model with a length uses it."""

from collections.abc import Mapping
from dataclasses import dataclass

from jax import Array
from jax.typing import ArrayLike

from pdk.contract import Number
from pdk.kit.coupling import WAVELENGTH_UM
from pdk.light import jnp


@dataclass(frozen=True)
class Guide:
    """The routing waveguide of a process."""

    n_eff_at_centre: float
    n_g: float
    loss_db_per_cm: float

    @classmethod
    def of(cls, numbers: Mapping[str, Number]) -> "Guide":
        """From the process's numbers `n_eff`, `n_g` and `waveguide_loss_db_per_cm`."""
        return cls(*(numbers[name].value for name in ("n_eff", "n_g", "waveguide_loss_db_per_cm")))

    def n_eff(self, wl: ArrayLike) -> Array:
        """Effective index at `wl` (um, any shape): n_g = n_eff - wavelength dn_eff/dwavelength, about 1.55 um."""
        slope_per_um = (self.n_eff_at_centre - self.n_g) / WAVELENGTH_UM
        return self.n_eff_at_centre + slope_per_um * (jnp.asarray(wl, dtype=float) - WAVELENGTH_UM)

    def propagate(self, wl: ArrayLike, length_nm: ArrayLike, excess_db: ArrayLike = 0.0) -> Array:
        """exp(i 2 pi n_eff L / wl) times waveguide loss and `excess_db`; `wl`, `length_nm` and loss broadcast."""
        loss_db = self.loss_db(length_nm) + jnp.asarray(excess_db, dtype=float)
        return amplitude(loss_db) * self.phase(wl, length_nm)

    def phase(self, wl: ArrayLike, length_nm: ArrayLike) -> Array:
        """exp(i 2 pi n_eff L / wl), without loss; `wl` (um) and `length_nm` broadcast."""
        length_um = jnp.asarray(length_nm, dtype=float) / 1000
        return jnp.exp(2j * jnp.pi * self.n_eff(wl) * length_um / jnp.asarray(wl, dtype=float))

    def loss_db(self, length_nm: ArrayLike) -> Array:
        """Loss of a length."""
        return self.loss_db_per_cm * jnp.asarray(length_nm, dtype=float) * 1e-7


def amplitude(loss_db: ArrayLike) -> Array:
    """Field transmission (0..1) of a loss in dB."""
    return 10 ** (-jnp.asarray(loss_db, dtype=float) / 20)
