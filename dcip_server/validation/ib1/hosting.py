"""How and where a file is published (rules H-01 to H-05)."""

from __future__ import annotations

from typing import NoReturn
from urllib.parse import urlsplit

from dcip_server.addresses import is_public_url
from dcip_server.validation.context import Answer
from dcip_server.validation.ib1.documents import FileRefusedError, content_type_error, looks_like_another
from dcip_server.validation.ib1.rules import Letter
from dcip_server.validation.profiles import Submission


def read_hosted(submission: Submission, profile: Letter) -> tuple[Submission, str]:
    """The submission as it is published, and its serialisation; ``""`` where it is not fetched.

    Raises :class:`FileRefusedError`.
    """
    context = submission.context
    if not context.file_url:
        return submission, ""
    check_address(context.file_url)
    if not context.hosted or context.fetcher is None:
        return submission, ""
    answer = context.fetcher.request("GET", context.file_url, context.max_bytes)
    if answer.status != 200 or answer.error:
        refuse_answer(answer)
    return Submission(answer.body, context, submission.extension, ""), check_type(answer, profile)


def check_address(url: str) -> None:
    """IB1-H-01: https, a public host, no user info."""
    try:
        sound = url.lower().startswith("https://") and "@" not in urlsplit(url).netloc and is_public_url(url)
    except ValueError:
        sound = False
    if not sound:
        raise FileRefusedError(
            "IB1-H-01",
            f"Metadata files must be served over https from a public host, without user info: <{url}>.",
            value=url,
        )


#: The rule and what is said where there is no answer.
_NO_ANSWER = {
    "tls": ("IB1-H-05", "The TLS certificate is not trusted; serve the file with one that verifies."),
    "private": ("IB1-H-01", "The file's host is not a public address."),
    "too large": ("IB1-F-09", "The file is larger than the limit; split it into several files."),
}


def refuse_answer(answer: Answer) -> NoReturn:
    """IB1-H-02, H-03 and H-05: anything but a 200 that anyone gets."""
    status = answer.status
    if answer.error in _NO_ANSWER:
        rule, said = _NO_ANSWER[answer.error]
        raise FileRefusedError(rule, said)
    if status in (401, 403, 407):
        raise FileRefusedError("IB1-H-03", f"The file is behind access control ({status}); publish it without.")
    if 300 <= status < 400:
        said = f"Redirects are not permitted ({status})"
    elif status:
        said = f"The file is answered with status {status}"
    else:
        said = f"The file is not reachable ({answer.error})"
    raise FileRefusedError("IB1-H-02", f"{said}; 200 is due.")


def check_type(answer: Answer, profile: Letter) -> str:
    """IB1-H-04: the serialisation that Content-Type names, which the body is."""
    header = answer.headers.get("content-type")
    serialisation, wrong = content_type_error(header, profile)
    if not wrong and (other := looks_like_another(answer.body, serialisation)):
        wrong = f"The file is served as {header}, but it is {other}."
    if wrong:
        raise FileRefusedError("IB1-H-04", wrong, value=header or "")
    return serialisation
