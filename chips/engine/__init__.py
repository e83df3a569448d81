"""The engine: any circuit as pairs of rows that meet, run at the speed of the machine."""

from chips.engine.scan import backward, forward, forward_fields

__all__ = ["backward", "forward", "forward_fields"]
