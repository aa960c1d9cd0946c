"""A call's body as the JSON object that it must be."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from dcip_server.errors import PortalRefusalError
from dcip_server.publish.document import texts


def read_body(content_type: str, body: bytes) -> dict[str, Any]:
    """The object. Raises :class:`PortalRefusalError` (400) for anything else, and for text that is no Unicode."""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise PortalRefusalError(400, "The Content-Type must be application/json.")
    try:
        value = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse_constant)
        held = "".join(texts(value))
        held.encode()
    except RecursionError:
        raise PortalRefusalError(400, "The body is nested too deeply.") from None
    except UnicodeError:
        raise PortalRefusalError(400, "The body holds what is no Unicode character.") from None
    except ValueError as error:
        raise PortalRefusalError(400, f"The body is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise PortalRefusalError(400, "The body must be a JSON object.")
    if "\0" in held:
        raise PortalRefusalError(400, "The body holds a NUL character.")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
