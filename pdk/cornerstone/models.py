"""Models of the process: those that all foundries share, and what CORNERSTONE's own data say otherwise."""

from collections.abc import Mapping
from types import MappingProxyType

from jax.typing import ArrayLike

from pdk.contract import Model, Pdk
from pdk.cornerstone.coupling import BALANCE_COUPLING
from pdk.cornerstone.numbers import NUMBERS
from pdk.kit.guide import amplitude
from pdk.kit.models import models as shared
from pdk.kit.models_passive import mirror_then_loss
from pdk.kit.sdict import SDict, reciprocal
from pdk.light import jnp


def models(pdk: Pdk) -> Mapping[str, Model]:
    """A model for each cell that light passes."""
    own = {"grating_coupler_rectangular": grating_coupler, "photodiode_integrated": photodiode}
    return MappingProxyType({**shared(pdk, BALANCE_COUPLING), **own})


def grating_coupler(wl: ArrayLike = 1.55, reflection: ArrayLike = 0.0) -> SDict:
    """Waveguide (o1) to fibre (o2): a parabola in dB about 1.565 um, where the foundry's gratings peak.

    `reflection`: power share (0..1) that the chip sees come back, from a lossless mirror before the loss.
    """
    half_um = NUMBERS["grating_coupler_bandwidth_nm"].value / 2000
    centre_um = NUMBERS["grating_coupler_centre_nm"].value / 1000
    detuning = (jnp.asarray(wl, dtype=float) - centre_um) / half_um
    passed = amplitude(NUMBERS["grating_coupler_peak_loss_db"].value + detuning**2)
    return mirror_then_loss(wl, reflection, passed)


def photodiode(wl: ArrayLike = 1.55) -> SDict:
    """Flip-chip InGaAs diode over a grating: takes everything; cspdk draws it and has no model.

    The current is `flip_chip_responsivity_a_per_w` times the power that arrives, the grating's loss included.
    """
    return reciprocal({("o1", "o1"): 0.0}, wl)
