"""The rules of REFI-QDA's schema 1.0 for what Inkling writes: which elements, in which order, with which attributes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from xml.etree import ElementTree

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_COLOUR = re.compile(r"#([0-9A-Fa-f]{6}|[0-9A-Fa-f]{3})")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")


@dataclass(frozen=True)
class Rule:
    """What an element may hold: children in this order, each once at most (* any number, + some, ! once)."""

    children: str = ""
    required: str = ""
    allowed: str = ""


RULES: Mapping[str, Rule] = {
    "Project": Rule(
        "Users CodeBook Variables Cases Sources Notes Links Sets Graphs Description NoteRef*",
        "name",
        "origin creatingUserGUID creationDateTime modifyingUserGUID modifiedDateTime basePath",
    ),
    "Users": Rule("User+"),
    "User": Rule("", "guid", "name id"),
    "CodeBook": Rule("Codes!"),
    "Codes": Rule("Code+"),
    "Code": Rule("Description NoteRef* Code*", "guid name isCodable", "color"),
    "Variables": Rule("Variable+"),
    "Variable": Rule("Description", "guid name typeOfVariable"),
    "Cases": Rule("Case+"),
    "Case": Rule("Description CodeRef* VariableValue* SourceRef* SelectionRef*", "guid", "name"),
    "VariableValue": Rule("VariableRef! TextValue"),
    "Sources": Rule("TextSource+"),
    "TextSource": Rule(
        "Description PlainTextContent PlainTextSelection* Coding* NoteRef* VariableValue*",
        "guid",
        "name richTextPath plainTextPath creatingUser creationDateTime modifyingUser modifiedDateTime",
    ),
    "PlainTextSelection": Rule(
        "Description Coding* NoteRef*",
        "guid startPosition endPosition",
        "name creatingUser creationDateTime modifyingUser modifiedDateTime",
    ),
    "Coding": Rule("CodeRef! NoteRef*", "guid", "creatingUser creationDateTime"),
    "Notes": Rule("Note+"),
    **dict.fromkeys(("CodeRef", "NoteRef", "SourceRef", "SelectionRef", "VariableRef"), Rule("", "targetGUID")),
    **dict.fromkeys(("Description", "PlainTextContent", "TextValue"), Rule()),
}
RULES = {**RULES, "Note": RULES["TextSource"]}


def offences(xml: bytes, namespace: str) -> list[str]:
    """Return what a file has against the schema; nothing where it keeps to it."""
    root = ElementTree.fromstring(xml)
    found: list[str] = []
    for element in root.iter():
        space, _, tag = element.tag[1:].partition("}")
        if space != namespace or tag not in RULES:
            found.append(f"{element.tag}: unknown")
            continue
        rule = Rule("Codes! Sets", "", "origin") if element is root and tag == "CodeBook" else RULES[tag]
        found += _order(element, tag, rule) + _attributes(element, tag, rule)
    return found + _references(root)


def _order(element: ElementTree.Element, tag: str, rule: Rule) -> list[str]:
    kinds = {"": "?", "*": "*", "+": "+", "!": ""}
    pattern = ""
    for part in rule.children.split():
        name, kind = (part[:-1], part[-1]) if part[-1] in "*+!" else (part, "")
        pattern += f"(?:{name} ){kinds[kind]}"
    children = "".join(f"{child.tag.rpartition('}')[2]} " for child in element)
    return [] if re.fullmatch(pattern, children) else [f"{tag}: holds {children}"]


def _attributes(element: ElementTree.Element, tag: str, rule: Rule) -> list[str]:
    found = [f"{tag}: no {name}" for name in rule.required.split() if name not in element.attrib]
    for name, value in element.attrib.items():
        if name not in f"{rule.required} {rule.allowed}".split():
            found.append(f"{tag}: may have no {name}")
        elif not _is_legal(name, value):
            found.append(f"{tag}: {name} is {value}")
    return found


def _is_legal(name: str, value: str) -> bool:
    if name in ("guid", "targetGUID", "creatingUser", "modifyingUser"):
        return _GUID.fullmatch(value) is not None
    if name.endswith("DateTime"):
        return _MOMENT.fullmatch(value) is not None and bool(datetime.fromisoformat(value))
    if name.endswith("Position"):
        return value.isdecimal()
    return {
        "color": _COLOUR.fullmatch(value) is not None,
        "isCodable": value in ("true", "false"),
        "typeOfVariable": value in ("Text", "Boolean", "Integer", "Float", "Date", "DateTime"),
    }.get(name, True)


def _references(root: ElementTree.Element) -> list[str]:
    """Return references to nothing, and identifiers that two things share."""
    guids = [element.attrib["guid"] for element in root.iter() if "guid" in element.attrib]
    known = set(guids)
    found = [f"{guid}: twice" for guid in known if guids.count(guid) > 1] if len(guids) > len(known) else []
    given = ((element.tag, element.attrib.get(n)) for element in root.iter() for n in ("targetGUID", "creatingUser"))
    return found + [
        f"{tag}: points at {target}, which is nothing" for tag, target in given if target and target not in known
    ]
