"""Which ports of a device may change places: a symmetric device may lie mirrored, and the circuit is the same."""

from collections.abc import Mapping

from pdk.contract import Pdk, Role

Permutation = Mapping[str, str]
"""Port to the port that takes its place."""


def symmetries(component: str, pdk: Pdk) -> tuple[Permutation, ...]:
    """All port permutations of a device that leave it the same, the identity first."""
    if component == pdk.roles[Role.STRAIGHT]:
        return {}, {"o1": "o2", "o2": "o1"}
    device = pdk.devices.get(component)
    if device is None:
        return ({},)
    names = [port.name for port in device.ports]
    group = {tuple(names)}
    grown = list(group)
    while grown:
        image = grown.pop()
        for generator in device.symmetries:
            product = tuple(generator.get(name, name) for name in image)
            if product not in group:
                group.add(product)
                grown.append(product)
    ordered = sorted(group, key=lambda image: (image != tuple(names), image))
    return tuple(dict(zip(names, image, strict=True)) for image in ordered)
