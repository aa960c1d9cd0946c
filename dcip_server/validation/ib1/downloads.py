"""Whether what is listed for download is there (rules H-06 to H-11)."""

from __future__ import annotations

from urllib.parse import urljoin

from dcip_server.addresses import is_public_url
from dcip_server.namespaces import DCAT
from dcip_server.validation.context import Answer, Fetcher
from dcip_server.validation.ib1.checking import Checking
from dcip_server.validation.ib1.terms import is_http_text, media_type

_MAX_REDIRECTS = 5


def check_download(c: Checking, fetcher: Fetcher, entry: str, node: str, url: str) -> None:
    """Ask for the head of a download, and where there is none for its first byte, and say what is wrong."""

    def find(rule: str, message: str) -> None:
        c.find(rule, node, DCAT.downloadURL, message, url, entry=entry)

    answer, at = _head(fetcher, url)
    if answer.error == "private":
        to = "" if at == url else f"redirects to <{at}>, which "
        find("IB1-H-10", f"dcat:downloadURL {to or f'<{at}> '}is not a public address.")
        return
    is_redirect = 300 <= answer.status < 400
    if at != url and not is_redirect:
        find("IB1-H-09", f"dcat:downloadURL redirects to <{at}>; use a stable URL.")
    status, kind = answer.status, c.sensitivity(entry)
    if kind == "IB1-O" and status in (401, 402, 403, 407):
        find("IB1-H-06", f"Open data must be downloadable without authentication (dcat:downloadURL, {status}).")
    elif kind in ("IB1-SA", "IB1-SB") and status in (401, 403):
        return
    elif not 200 <= status < 300:
        byte = fetcher.first_byte(at)
        tried = f"HEAD {status or answer.error}, GET of one byte {byte.status or byte.error}"
        if status in (404, 410):
            find("IB1-H-07", f"dcat:downloadURL does not exist ({tried}).")
        elif is_redirect:
            find("IB1-H-08", f"dcat:downloadURL is not live: it redirects on and on, at last from <{at}> ({tried}).")
        else:
            find("IB1-H-08", f"dcat:downloadURL is not live: {tried}.")
    else:
        _check_type(c, node, entry, url, answer)


def _head(fetcher: Fetcher, url: str) -> tuple[Answer, str]:
    """The answer to HEAD after redirects, and from where; ``private`` where one leads to an address that is not public."""
    at = url
    for _ in range(_MAX_REDIRECTS):
        answer = fetcher.request("HEAD", at, 0)
        location = answer.headers.get("location")
        if not (300 <= answer.status < 400 and location):
            return answer, at
        try:
            to = urljoin(at, location)
        except ValueError:
            return answer, at
        if not is_http_text(to) or not (is_public_url(to) or fetcher.allows_private):
            return Answer(0, error="private"), to
        at = to
    return fetcher.request("HEAD", at, 0), at


def _check_type(c: Checking, node: str, entry: str, url: str, answer: Answer) -> None:
    """IB1-H-11: what is served is what is declared."""
    served = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    declared = [media_type(value) for value in c.values(node, DCAT.mediaType, DCAT.media_type)]
    if served and len(declared) == 1 and declared[0] and served != declared[0]:
        said = f"dcat:mediaType declares {declared[0]}, served is {served}."
        c.find("IB1-H-11", node, DCAT.downloadURL, said, url, entry=entry)
