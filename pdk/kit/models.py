"""Models for the cells of a process, by cell name: each role's model, with the process's numbers and lengths."""

from collections.abc import Mapping
from types import MappingProxyType

from pdk.contract import Model, Pdk
from pdk.kit.models_active import active_models
from pdk.kit.models_passive import passive_models
from pdk.kit.table import path_by_role


def models(pdk: Pdk, balance_coupling: float) -> Mapping[str, Model]:
    """A model for each cell that light passes. `balance_coupling`: share that the drawn balance tap takes at 1.55 um.

    A process with data of its own for a cell puts its own model over the one here.
    """
    lengths = path_by_role(pdk.devices)
    by_role = passive_models(pdk.numbers, lengths, balance_coupling) | active_models(pdk.numbers, lengths)
    played = {role: pdk.roles[role] for role in by_role if role in pdk.roles}
    return MappingProxyType({name: by_role[role] for role, name in played.items() if pdk.role_of(name) is role})
