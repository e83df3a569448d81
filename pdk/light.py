"""The one place where JAX is opened for light: double precision on, and what every model shares."""

import jax

jax.config.update("jax_enable_x64", True)  # phases of 100 um waveguides lose three digits in float32

import jax.numpy as jnp

__all__ = ["jnp"]
