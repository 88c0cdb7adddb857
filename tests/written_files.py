"""Files of other programs, written by the tests: rich text, OpenDocument texts, spreadsheets part by part."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from xml.sax.saxutils import escape

import openpyxl

_OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
_ODF = " ".join(
    f'xmlns:{name}="{_OASIS}{name}:1.0"' for name in ("office", "text", "table", "style", "meta", "drawing")
)
_FO = f'xmlns:fo="{_OASIS}xsl-fo-compatible:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
ODT = "application/vnd.oasis.opendocument.text"

_LISTED = '<sheet name="Talk" sheetId="1" r:id="s"/>'
_OPEN = "http://schemas.openxmlformats.org/"
_MAIN = f'xmlns="{_OPEN}spreadsheetml/2006/main" xmlns:r="{_OPEN}officeDocument/2006/relationships"'


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """Pack parts into a zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in parts.items():
            archive.writestr(path, content)
    return out.getvalue()


def rtf(*paragraphs: str, head: str = "") -> bytes:
    r"""Write rich text; what RTF can't hold in paragraphs is escaped, the head stands as it is."""
    return rtf_of(head + "\\par\n".join(map(_escaped, paragraphs)))


def rtf_of(inner: str) -> bytes:
    """Write rich text from commands."""
    return ("{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0\\fswiss Arial;}}\\uc1 " + inner + "}").encode("cp1252")


def _escaped(text: str) -> str:
    units = text.encode("utf-16-le")
    codes = [int.from_bytes(units[at : at + 2], "little") for at in range(0, len(units), 2)]
    return "".join(_one(code) for code in codes)


def _one(code: int) -> str:
    if code < 128:
        return "\\" + chr(code) if chr(code) in "\\{}" else chr(code)
    return f"\\u{code - 0x10000 if code > 0x7FFF else code}?"


def odt(*paragraphs: str) -> bytes:
    """Write an OpenDocument text of plain paragraphs."""
    return odt_of("".join(f"<text:p>{odt_text(text)}</text:p>" for text in paragraphs))


def odt_text(text: str) -> str:
    """Write a paragraph's words with tabs, line breaks and spaces as OpenDocument has them."""
    text = escape(text).replace("\t", "<text:tab/>").replace("\n", "<text:line-break/>")
    return text.replace(" ", "<text:s/>")


def odt_of(inner: str, styles: str = "", kind: str = ODT, more: Mapping[str, str] | None = None) -> bytes:
    """Write an OpenDocument text from the inside of its body and of its styles."""
    xml = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_ODF} {_FO}><office:automatic-styles>{styles}'
        f"</office:automatic-styles><office:body><office:text>{inner}</office:text></office:body>"
        "</office:document-content>"
    )
    return zipped({"mimetype": kind, "content.xml": xml, **(more or {})})


def xlsx(sheets: Mapping[str, Iterable[Sequence[object]]], hidden: Iterable[str] = ()) -> bytes:
    """Write a workbook of rows of values."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for title, rows in sheets.items():
        sheet = workbook.create_sheet(title)
        sheet.sheet_state = "hidden" if title in hidden else "visible"
        for row in rows:
            sheet.append(row)
    return saved(workbook)


def saved(workbook: openpyxl.Workbook) -> bytes:
    """Return a workbook's bytes."""
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def xlsx_of(
    rows: str, texts: str = "", *, more: Mapping[str, str] | None = None, head: str = "", sheet_head: str = ""
) -> bytes:
    """Write a workbook of one sheet, Talk, from the XML of its rows and of its shared texts."""
    data = f"<sheetData>{rows}</sheetData>"
    return zipped(
        {
            "_rels/.rels": _relations(("a", "officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": f"<workbook {_MAIN}><sheets>{_LISTED}</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": _relations(
                ("s", "worksheet", "worksheets/sheet1.xml"), ("t", "sharedStrings", "sharedStrings.xml")
            ),
            "xl/worksheets/sheet1.xml": f"{head}<worksheet {_MAIN}>{sheet_head}{data}</worksheet>",
            "xl/sharedStrings.xml": f"<sst {_MAIN}>{texts}</sst>",
            **(more or {}),
        }
    )


def _relations(*relations: tuple[str, str, str]) -> str:
    kind = f"{_OPEN}officeDocument/2006/relationships/"
    listed = "".join(f'<Relationship Id="{key}" Type="{kind}{what}" Target="{to}"/>' for key, what, to in relations)
    return f'<Relationships xmlns="{_OPEN}package/2006/relationships">{listed}</Relationships>'


def inline(*rows: Sequence[str]) -> str:
    """Write rows of words that stand in their cells."""
    cells = ["".join(f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for cell in row) for row in rows]
    return "".join(f"<row>{row}</row>" for row in cells)
