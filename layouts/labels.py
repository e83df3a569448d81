"""The names written on the chip: each must stand on the device that it names.

Written are the devices that a person programs or reads: driven phase shifters, modulators, attenuators, photodiodes.
"""

import klayout.db as kdb

from compiler.cells import DRIVEN
from layouts.frame import LABEL
from layouts.geometry import Placed
from pdk.contract import Pdk, Role
from pdk.finding import Finding

LABELLED = (Role.PHASE_SHIFTER, Role.MODULATOR, Role.ATTENUATOR, Role.PHOTODIODE)
"""What one programs or reads."""

MEND = "write the device's own path on it"


def is_labelled(name: str, component: str, pdk: Pdk) -> bool:
    """Whether the path of an instance of that name is written on the chip."""
    role = pdk.role_of(component)
    return role in LABELLED and (role is not Role.PHASE_SHIFTER or name in DRIVEN)


def pdk_label(pdk: Pdk) -> str:
    """The text that says which process a GDS is drawn for."""
    return f"pdk {pdk.name} {pdk.version}"


def stated_process(layout: kdb.Layout) -> str | None:
    """Name of the process that a layout says it is drawn for, on whichever layer; None where it says nothing."""
    for index in layout.layer_indexes():
        for shape in layout.top_cell().shapes(index).each(kdb.Shapes.STexts):
            words = shape.text.string.split()
            if len(words) == 3 and words[0] == "pdk":
                return words[1]
    return None


def check_labels(top: kdb.Cell, devices: list[Placed], pdk: Pdk) -> list[Finding]:
    """Findings for labels that lie, name nothing, or are missing, and for the process that the GDS was drawn for.

    `devices` holds at least those that must be labelled.
    """
    layer = top.layout().find_layer(*pdk.layers["label"])
    texts = [] if layer is None else [shape.text for shape in top.shapes(layer).each(kdb.Shapes.STexts)]
    boxes = {
        device.path: device.at.box(pdk.devices[device.instance.component].bbox_nm)
        for device in devices
        if is_labelled(device.path.rpartition(".")[2], device.instance.component, pdk)
    }
    findings: list[Finding] = []
    seen: set[str] = set()
    process = None
    for text in texts:
        name, x, y = text.string, text.x, text.y
        if name.startswith("pdk "):
            process = name
        elif name.startswith(LABEL):
            continue
        elif name not in boxes:
            findings.append(Finding(_at(x, y), "label", f"label {name}", "the path of a device", MEND))
        elif name in seen:
            findings.append(Finding(_at(x, y), "label", f"label {name} a second time", "once", MEND))
        else:
            seen.add(name)
            left, bottom, right, top_nm = boxes[name]
            if not (left <= x <= right and bottom <= y <= top_nm):
                here = next((p for p, b in boxes.items() if b[0] <= x <= b[2] and b[1] <= y <= b[3]), "nothing")
                findings.append(Finding(name, "label", f"label stands on {here} at {_at(x, y)}", f"on {name}", MEND))
    for path in boxes.keys() - seen:
        findings.append(Finding(path, "label", "no label", f"a label {path}", MEND))
    if process != pdk_label(pdk):
        mend = "verify it with the PDK that it was drawn for"
        findings.append(Finding(top.name, "process", process or "no process label", pdk_label(pdk), mend))
    return sorted(findings, key=lambda f: f.place)


def _at(x_nm: int, y_nm: int) -> str:
    return f"{x_nm / 1000}, {y_nm / 1000} um"
