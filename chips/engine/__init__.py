"""The engine: any circuit as pairs of rows that meet, run at the speed of the machine."""

from chips.engine import light
from chips.engine.circuit import Circuit
from chips.engine.light import Method, choose, fields, matrix, powers
from chips.engine.lower import lower
from chips.engine.schedule import Coefficients, Schedule

__all__ = ["Circuit", "Coefficients", "Method", "Schedule", "choose", "fields", "light", "lower", "matrix", "powers"]
