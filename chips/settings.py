"""What devices are told: settings of their models by instance path, and the loss that any of them may have beside."""

from collections.abc import Mapping
from typing import Any

Settings = Mapping[str, Mapping[str, Any]]
"""Instance path to what that device is set to: settings of its model, or EXCESS_LOSS_DB for any device. A value is a
number, or an array whose axes (chips of a draw) broadcast against those of the other values."""

Deviations = Mapping[str, Mapping[str, float]]
"""The same with one number each: what the devices of one chip do differently."""

EXCESS_LOSS_DB = "excess_loss_db"
"""Loss beyond the model's own, for light that passes the device once; negative where it loses less than nominal."""
