"""backlight pdks: which foundries there are, what each offers and lacks, and whether it keeps the contract."""

from typing import Any

from backlight import pdk_view as view
from backlight.refusal import CHECK_FAILED, one_line
from backlight.terminal import Terminal
from pdk import registry
from pdk.contract import Pdk
from pdk.finding import Finding


def list_pdks(check: bool, terminal: Terminal) -> int:
    """Every foundry that is registered, one that cannot be opened too; exit status."""
    opened: list[Pdk] = []
    broken: dict[str, str] = {}
    for name in registry.names():
        try:
            opened.append(registry.get(name))
        except registry.BrokenPdkError as error:
            broken[name] = one_line(str(error))
    terminal.table([view.PROCESSES, *(view.process(pdk) for pdk in opened)])
    for pdk in opened:
        terminal.say("")
        for line in view.story(pdk):
            terminal.say(line)
    for line in broken.values():
        terminal.say("")
        terminal.say(line)
    told: dict[str, Any] = {"pdks": [view.as_dict(pdk, whole=False) for pdk in opened], "broken": broken}
    status = 0
    if check:
        terminal.say("")
        found = {pdk.name: conforms(pdk, terminal) for pdk in opened}
        told["findings"] = {name: [one.as_dict() for one in findings] for name, findings in found.items()}
        status = CHECK_FAILED if broken or any(found.values()) else 0
    terminal.result(told)
    return status


def show_pdk(name: str, check: bool, terminal: Terminal) -> int:
    """All about one foundry: roles, devices, numbers, what a submission needs; exit status."""
    pdk = registry.get(name)
    for line in view.story(pdk):
        terminal.say(line)
    for line in view.said("drive", f"{view.drive(pdk)}; read by {view.read_out(pdk)}"):
        terminal.say(line)
    for needs in pdk.submission.needs:
        for line in view.said("to submit", needs):
            terminal.say(line)
    for head, rows in ((view.DEVICES, view.devices(pdk)), (view.NUMBERS, view.numbers(pdk))):
        terminal.say("")
        terminal.table([head, *rows])
    told = view.as_dict(pdk, whole=True)
    if not check:
        terminal.result(told)
        return 0
    terminal.say("")
    findings = conforms(pdk, terminal)
    terminal.result({**told, "findings": [one.as_dict() for one in findings]})
    return CHECK_FAILED if findings else 0


def conforms(pdk: Pdk, terminal: Terminal) -> tuple[Finding, ...]:
    """Ask a foundry whether it keeps the contract, and say so."""
    from pdk.conformance import check, unchecked

    findings, note = check(pdk), unchecked(pdk)
    terminal.findings(findings)
    verdict = f"{len(findings)} findings against the contract" if findings else "keeps the contract"
    terminal.say(f"{pdk.name}: {verdict}" + (f"; {note}" if note else ""))
    return findings
