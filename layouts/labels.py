"""The names written on the chip: each must stand on the device that it names."""

import klayout.db as kdb

from layouts.emit import LABELLED, pdk_label
from layouts.geometry import Placed
from pdk.contract import Pdk
from pdk.finding import Finding

MEND = "write the device's own path on it"


def check_labels(top: kdb.Cell, devices: list[Placed], pdk: Pdk) -> list[Finding]:
    """Findings for labels that lie, name nothing, or are missing, and for the process that the GDS was drawn for."""
    layer = top.layout().find_layer(*pdk.layers["label"])
    texts = [] if layer is None else [shape.text for shape in top.shapes(layer).each(kdb.Shapes.STexts)]
    boxes = {
        device.path: device.at.box(pdk.devices[device.instance.component].bbox_nm)
        for device in devices
        if pdk.role_of(device.instance.component) in LABELLED
    }
    findings: list[Finding] = []
    seen: set[str] = set()
    process = None
    for text in texts:
        name = text.string
        place = f"{text.x / 1000}, {text.y / 1000} um"
        if name.startswith("pdk "):
            process = name
        elif name not in boxes:
            findings.append(Finding(place, "label", f"label {name}", "the path of a device", MEND))
        elif name in seen:
            findings.append(Finding(place, "label", f"label {name} a second time", "once", MEND))
        else:
            seen.add(name)
            left, bottom, right, top_nm = boxes[name]
            if not (left <= text.x <= right and bottom <= text.y <= top_nm):
                here = next(
                    (p for p, b in boxes.items() if b[0] <= text.x <= b[2] and b[1] <= text.y <= b[3]), "nothing"
                )
                findings.append(Finding(name, "label", f"label stands on {here} at {place}", f"on {name}", MEND))
    for path in boxes.keys() - seen:
        findings.append(Finding(path, "label", "no label", f"a label {path}", MEND))
    if process != pdk_label(pdk):
        mend = "verify it with the PDK that it was drawn for"
        findings.append(Finding(top.name, "process", process or "no process label", pdk_label(pdk), mend))
    return sorted(findings, key=lambda f: f.place)
