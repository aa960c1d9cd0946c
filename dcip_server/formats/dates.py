"""Dates and times as sources write them, to ISO 8601 of one form, precision kept.

What the tables below do not read surely is no date here: nothing is guessed. ``03/04/2015`` is two
days and stays what it is, unless a day of the week beside it tells which of them is meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

_PARTIAL = re.compile(r"\d{4}(-\d\d(-\d\d)?)?", re.ASCII)
_OFFSET = r"[+-]\d\d(?::?\d\d)?"
_TIME = re.compile(
    rf"(\d{{4}}-\d\d-\d\d)[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*(Z|{_OFFSET})?", re.ASCII | re.IGNORECASE
)


#: No place is further from UTC, and XML Schema knows no other zone.
_WIDEST_ZONE = timedelta(hours=14)


def iso8601(text: str) -> str | None:
    """The date or time that is written in ISO 8601 already, or ``None`` where the text is none that exists.

    A year, month or day stays as it is. A time comes back in UTC with ``T`` and ``Z``, to the
    second, with the fraction of a second that was given; one without a zone is taken as UTC,
    which is what CKAN and the draft's example mean.
    """
    text = text.strip()
    if _PARTIAL.fullmatch(text):
        return text if _exists(text + "-01-01"[len(text) - 4 :]) else None
    match = _TIME.fullmatch(text)
    if not match:
        return None
    day, minutes, seconds, fraction, zone = match.groups()
    return _moment(day, f"{minutes}:{seconds or '00'}", fraction, (zone or "Z").upper())


def read_time(text: str) -> str | None:
    """As :func:`iso8601`, also of dates and times in other spellings: the form of the record's times."""
    return iso8601(text) or _read(text, "Z")


def read_date(text: str) -> str | None:
    """As :func:`read_time`, but a time without a zone stays one without: the form of further keys."""
    text = text.strip()
    match = _TIME.fullmatch(text)
    if match and match[5] is None:
        day, minutes, seconds, fraction, _ = match.groups()
        return _moment(day, f"{minutes}:{seconds or '00'}", fraction, "")
    return iso8601(text) or _read(text, "")


def _moment(day: str, clock: str, fraction: str | None, zone: str) -> str | None:
    """The time in one form, in UTC where there is a zone."""
    try:
        is_end_of_day = clock == "24:00:00" and not int(fraction or 0)
        moment = datetime.fromisoformat(f"{day}T{'00:00:00' if is_end_of_day else clock}{zone}")
        if is_end_of_day:
            moment += timedelta(days=1)
        if zone:
            if abs(moment.utcoffset() or timedelta()) > _WIDEST_ZONE:
                return None
            moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    written = f"{moment:%Y-%m-%dT%H:%M:%S}".rjust(19, "0")
    return written + (f".{fraction}" if fraction and int(fraction) else "") + ("Z" if zone else "")


def _exists(day: str) -> bool:
    try:
        datetime.fromisoformat(day)
    except ValueError:
        return False
    return True


# --- other spellings ---

#: Names of the months, January first, and their usual abbreviations: English, French, German, Italian, Spanish, Portuguese, Dutch.
_MONTH_NAMES = (
    "january jan janvier janv januar jänner gennaio gen enero ene janeiro januari",
    "february feb février févr fév fevrier februar feber febbraio febrero fevereiro fev februari",
    "march mar mars märz mär maerz mrz marzo março maart mrt",
    "april apr avril avr aprile abril abr",
    "may mai maggio mag mayo maio mei",
    "june jun juin juni giugno giu junio junho",
    "july jul juillet juil juli luglio lug julio julho",
    "august aug août aout agosto ago augustus",
    "september sep sept septembre settembre set septiembre setiembre setembro",
    "october oct octobre oktober okt ottobre ott octubre outubro out",
    "november nov novembre noviembre novembro",
    "december dec décembre déc decembre dezember dez dicembre dic diciembre dezembro",
)
#: The month (1 to 12) by its name or abbreviation, in lower case.
MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}
#: Names of the days of the week, Monday first, in the same languages.
_DAY_NAMES = (
    "monday mon lundi lun montag mo lunedì lunedi lunes maandag",
    "tuesday tue mardi mar dienstag di martedì martedi martes dinsdag",
    "wednesday wed mercredi mer mittwoch mi mercoledì mercoledi miércoles mié woensdag",
    "thursday thu jeudi jeu donnerstag do giovedì giovedi gio jueves jue donderdag",
    "friday fri vendredi ven freitag fr venerdì venerdi viernes vie vrijdag",
    "saturday sat samedi sam samstag sa sonnabend sabato sab sábado sáb zaterdag",
    "sunday sun dimanche dim sonntag so domenica dom domingo zondag",
)
_WEEKDAYS = {name: number for number, names in enumerate(_DAY_NAMES) for name in names.split()}
#: The zones that RFC 2822 names; other abbreviations mean several.
_ZONES = {
    "z": "Z", "utc": "Z", "gmt": "Z", "ut": "Z", "est": "-05:00", "edt": "-04:00", "cst": "-06:00", "cdt": "-05:00",
    "mst": "-07:00", "mdt": "-06:00", "pst": "-08:00", "pdt": "-07:00",
}  # fmt: skip

_WEEKDAY = r"(?:(?:le|am|den)\s+)?(?:(?P<weekday>[^\W\d]+)\.?,?\s+(?:de[nm]\s+)?)?"
_CLOCK = (
    r"(?:(?:\s*[,–-]\s*|\s+(?:at|um|à|a\s+las|alle)\s+|T|\s+)(?P<hour>\d{1,2})"
    # 8:05:06.5, 8h05, 8 h 05, 8 h 05 min, 8.05 Uhr, 8 Uhr, 8h, and T08 of ISO 8601
    r"(?:(?::|\s?h\s?|\.(?=\d\d\s*Uhr))(?P<minute>\d\d)(?:\s?min\b|:(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?|\s?h\b|(?=\s*Uhr)|(?<=T\d\d))"
    r"(?:\s*(?P<half>[ap])\.?m\.?)?(?:\s*Uhr)?"
    # +0100, GMT+01:00, UTC+1, EST; what RFC 2822, RFC 9557 and JavaScript say of it in brackets is a comment
    rf"(?:\s*(?P<zone>(?:UTC|GMT)[+-]\d|(?:UTC|GMT)?{_OFFSET}|[a-z]{{1,3}})(?:\s*\([^()]*\)|\[[^\[\]]*\])?)?)?"
)


def _pattern(day: str) -> re.Pattern[str]:
    return re.compile(_WEEKDAY + day + _CLOCK, re.IGNORECASE)


def _date(year: str, month: int, day: str) -> Iterator[date]:
    try:
        yield date(int(year), month, int(day))
    except ValueError:
        return


def _named(match: re.Match[str]) -> Iterator[date]:
    if month := MONTHS.get(match["month"].lower()):
        yield from _date(match["year"], month, match["day"])


def _in_order(match: re.Match[str]) -> Iterator[date]:
    yield from _date(match["year"], int(match["month"]), match["day"])


def _in_either_order(match: re.Match[str]) -> Iterator[date]:
    yield from _date(match["year"], int(match["b"]), match["a"])
    yield from _date(match["year"], int(match["a"]), match["b"])


def _in_week(match: re.Match[str]) -> Iterator[date]:
    try:
        yield date.fromisocalendar(int(match["year"]), int(match["week"]), int(match["day"]))
    except ValueError:
        return


def _in_year(match: re.Match[str]) -> Iterator[date]:
    for new_year in _date(match["year"], 1, "1"):
        try:
            day = new_year + timedelta(days=int(match["day"]) - 1)
        except OverflowError:
            return
        if day.year == new_year.year:
            yield day


_MONTH = r"(?P<month>[^\W\d]+)\.?"
#: Each spelling of a day, and the days that it may mean.
_SPELLINGS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Iterator[date]]], ...] = (
    # 12 mars 2014, 1er mars 2014, 3. Januar 2015, 12 de marzo de 2014, 1st of May 2014, 09-May-2014, RFC 2822
    (_pattern(rf"(?P<day>\d{{1,2}})(?:er|st|nd|rd|th|\.|º|°)?[\s-]+(?:(?:de|of)\s+)?{_MONTH}(?:\s+de|\s+del)?,?[\s-]+(?P<year>\d{{4}})"), _named),
    # March 12, 2014
    (_pattern(rf"{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})"), _named),
    # 2014-May-09
    (_pattern(rf"(?P<year>\d{{4}})[\s-]{_MONTH}[\s-](?P<day>\d{{1,2}})"), _named),
    # Fri May  9 10:00:00 2014: what C, HTTP's oldest servers and date(1) print
    (re.compile(rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}}){_CLOCK}\s+(?P<year>\d{{4}})", re.IGNORECASE), _named),
    # 31.12.2013: with points the day always comes first
    (_pattern(r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4})"), _in_order),
    # 31/12/2013, 12/31/2013, 31-12-2013
    (_pattern(r"(?P<a>\d{1,2})(?P<mark>[/-])(?P<b>\d{1,2})(?P=mark)(?P<year>\d{4})"), _in_either_order),
    # 2013/12/31, 2013-12-31 14:00 GMT, 20131231
    (_pattern(r"(?P<year>\d{4})(?P<mark>[/.-])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})"), _in_order),
    (_pattern(r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"), _in_order),
    # 2014-W19-5, 2014-129
    (_pattern(r"(?P<year>\d{4})-W(?P<week>\d\d)-(?P<day>[1-7])"), _in_week),
    (_pattern(r"(?P<year>\d{4})-(?P<day>\d{3})"), _in_year),
)  # fmt: skip
#: mars 2014, Sep-2014
_MONTH_ALONE = re.compile(rf"{_MONTH}(?:(?:\s+de)?\s+|-)(?P<year>\d{{4}})", re.IGNORECASE)
#: 3/2014, 03-2014, 03.2014
_MONTH_NUMBER = re.compile(r"(0?[1-9](?=/)|0[1-9]|1[0-2])[/.-](\d{4})", re.ASCII)
#: ISO 8601 without marks: 20131231T140000Z
_BASIC = re.compile(rf"(\d{{4}})(\d\d)(\d\d)T(\d\d)(\d\d)(?:(\d\d)(?:[.,](\d+))?)?(Z|{_OFFSET})?", re.ASCII)
#: XML Schema's days, months and years with a zone. A day has no form in UTC, so it stays the day that is said.
_ZONED_DAY = re.compile(r"(\d{4}(?:-\d\d(?:-\d\d)?)?)(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))", re.ASCII)
#: Seconds or milliseconds since 1970, in as many digits as they have from 2001 to 2286.
_EPOCH = re.compile(r"([1-9]\d{9})(?:(\d{3})|\.(\d+))?", re.ASCII)
_LONGEST = 80
#: What typography writes for a hyphen or a minus sign, but the dash between two times.
_HYPHENS = str.maketrans("\u2010\u2011\u2212", "---")


def _read(text: str, assumed_zone: str) -> str | None:
    text = text.strip()
    if len(text) > _LONGEST:
        return None
    if (plain := text.translate(_HYPHENS)) != text:
        return read_time(plain) if assumed_zone else read_date(plain)
    if match := _EPOCH.fullmatch(text):
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(match[1]))
        return _moment(f"{moment:%Y-%m-%d}", f"{moment:%H:%M:%S}", match[2] or match[3], "Z")
    if (match := _MONTH_ALONE.fullmatch(text)) and match["month"].lower() in MONTHS and match["year"] != "0000":
        return f"{match['year']}-{MONTHS[match['month'].lower()]:02}"
    if (match := _MONTH_NUMBER.fullmatch(text)) and match[2] != "0000":
        return f"{match[2]}-{int(match[1]):02}"
    if match := _BASIC.fullmatch(text):
        year, month, day, hour, minute, second, fraction, zone = match.groups()
        return _moment(f"{year}-{month}-{day}", f"{hour}:{minute}:{second or '00'}", fraction, zone or assumed_zone)
    if match := _ZONED_DAY.fullmatch(text):
        return iso8601(match[1])
    for pattern, days in _SPELLINGS:
        if match := pattern.fullmatch(text):
            return _read_match(match, set(days(match)), assumed_zone)
    return None


def _read_match(match: re.Match[str], days: set[date], assumed_zone: str) -> str | None:
    """The one day that is meant, with the time beside it, or ``None``."""
    if match["weekday"]:
        weekday = _WEEKDAYS.get(match["weekday"].lower())
        days = {day for day in days if day.weekday() == weekday}
    if len(days) != 1:
        return None
    day = days.pop().isoformat()
    if match["hour"] is None:
        return day
    hour, half, zone = int(match["hour"]), (match["half"] or "").lower(), match["zone"]
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (half == "p")
    if zone:
        zone = _offset(zone.lower())
        if zone is None:
            return None
    return _moment(
        day, f"{hour:02}:{match['minute'] or '00'}:{match['second'] or '00'}", match["fraction"], zone or assumed_zone
    )


def _offset(zone: str) -> str | None:
    """The offset from UTC of a zone that is written in lower case, ``None`` where the name may mean several."""
    name = zone.rstrip("+-:0123456789")
    offset = zone.removeprefix(name)
    return f"{offset[0]}{offset[1:]:0>2}" if offset else _ZONES.get(name)
