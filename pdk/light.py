"""The one place where JAX is opened for light: importing `jnp` from here switches double precision on.

A phase of 100 um of waveguide is about 1000 rad: float32 would leave it four digits.
"""

import jax
import jax.numpy as jnp

jax.config.update("jax_enable_x64", True)

__all__ = ["jnp"]
