"""Who is compared, and in which of its modes: for `engine.py` and for the peers' own table."""

STEPS = (
    ("simphox", "jax"),
    ("neuroptica", None),
    ("neurophox", "tensorflow"),
    ("neurophox", "torch"),
    ("photontorch", None),
    ("torchonn", "weight"),
    ("torchonn", "usv"),
)
"""Whose training step has a gradient."""
DECOMPOSERS = (
    ("simphox", "rectangular"),
    ("simphox", "triangular"),
    ("strawberryfields", "rectangular"),
    ("interferometer", None),
    ("piquasso", None),
)
