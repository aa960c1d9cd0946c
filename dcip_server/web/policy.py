"""What the catalog enforces (IB1 Open Data Publication, "Enforcement Policy"): rules, reports of violations, last audit."""

from __future__ import annotations

from flask import Blueprint, Response

from dcip_server.validation.profiles import PROFILES
from dcip_server.web.rendering import render
from dcip_server.web.site import settings, store

blueprint = Blueprint("policy", __name__)


@blueprint.get("/policy")
def policy() -> Response:
    """The rules of the profile that is enforced, how to report a violation, and what the last audit found."""
    profile = PROFILES[settings().enforced_profile]
    return render(
        "policy.html",
        profile=profile,
        rules=profile.list_rules(),
        warnings=profile.list_warnings(),
        audit=store().find_audit(profile.name),
    )
