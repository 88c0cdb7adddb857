"""What a spreadsheet's cells say, as text: words, numbers, days, times, truths."""

import datetime
import math

from service import errors
from service.readers.containers.sheetxml import Cell, Formats, written

_EXACT = 1e15


class Values:
    """Turns cells into text by a workbook's shared texts and formats."""

    def __init__(self, name: str, texts: list[str], formats: Formats, from_1904: bool) -> None:
        self._name, self._texts, self._formats, self._from_1904 = name, texts, formats, from_1904
        self._kinds: dict[int, str] = {}

    def text(self, cell: Cell) -> str | None:
        """Return a cell's text; None where its formula has no stored value or an error.

        Raises:
            UnreadableFile: where it names a shared text that there is not.
        """
        if cell.kind == "e" or (cell.formula and not cell.value and cell.kind not in ("str", "inlineStr")):
            return None
        if cell.kind == "s":
            return self._shared(cell.value)
        if cell.kind == "inlineStr":
            return cell.text
        if cell.kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(cell.value, cell.value)
        return self._number(cell) if cell.kind == "n" else written(cell.value)

    def _shared(self, number: str) -> str:
        if not number:
            return ""
        try:
            at = int(number[:12])
            return self._texts[at if at >= 0 else len(self._texts)]
        except (ValueError, IndexError):
            raise errors.UnreadableFile(f"{self._name}: a cell names a text that is missing; save it again.") from None

    def _number(self, cell: Cell) -> str:
        try:
            number = float(cell.value)
        except ValueError:
            return written(cell.value)
        if not math.isfinite(number):
            return cell.value
        kind = self._kind(cell.style)
        if kind:
            return self._moment(number, kind)
        return str(int(number)) if number.is_integer() and abs(number) < _EXACT else repr(number)

    def _kind(self, style: int) -> str:
        """Return what a style makes of a number: "duration", "moment" or ""."""
        # Loading openpyxl takes a moment that only who reads a workbook should wait.
        from openpyxl.styles import numbers

        if style not in self._kinds:
            formats = self._formats
            key = formats.of_style[style] if style < len(formats.of_style) else "0"
            code = formats.codes.get(key) or numbers.BUILTIN_FORMATS.get(int(key) if key.isdecimal() else 0, "General")
            day = "moment" if numbers.is_date_format(code) else ""
            self._kinds[style] = "duration" if numbers.is_timedelta_format(code) else day
        return self._kinds[style]

    def _moment(self, number: float, kind: str) -> str:
        from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

        try:
            moment = from_excel(
                number, CALENDAR_MAC_1904 if self._from_1904 else CALENDAR_WINDOWS_1900, timedelta=kind == "duration"
            )
        except (OverflowError, ValueError):
            return repr(number)
        return _said(moment)


def _said(moment: datetime.datetime | datetime.time | datetime.timedelta) -> str:
    """Say a moment: a day, a time, both, or how long."""
    if isinstance(moment, datetime.timedelta):
        seconds = round(moment.total_seconds())
        sign, seconds = ("-" if seconds < 0 else ""), abs(seconds)
        return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if isinstance(moment, datetime.datetime) and moment.time() == datetime.time():
        return moment.date().isoformat()
    text = moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
    return text.replace("T", " ")
