"""A hundred ways to break the reference server, one at a time.

Each fault names the rules that fail because of it; no other rule may fail.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.reference_server import (
    DELETED,
    HOME,
    JSON,
    N3,
    TEXT,
    Alter,
    Answer,
    Request,
    dataset,
    empty,
    ok,
    ok_json,
    reference,
)


@dataclass(frozen=True)
class Fault:
    """``alter`` breaks the reference server's answers; the other fields say what must come out."""

    alter: Alter
    failed: frozenset[str]
    absent: frozenset[str]

    @property
    def name(self) -> str:
        return getattr(self.alter, "__name__", "")

    def respond(self, request: Request) -> Answer:
        return self.alter(request, reference(request))


FAULTS: list[Fault] = []


def fault(*failed: str, absent: tuple[str, ...] = ()) -> Callable[[Alter], Alter]:
    """Register a fault with the ids of the rules that must fail, and the parts that must be found absent."""

    def register(alter: Alter) -> Alter:
        FAULTS.append(
            Fault(alter, frozenset(f"DCIP-{id}" for id in failed), frozenset(absent)),
        )
        return alter

    return register


def is_record(request: Request, answer: Answer, extension: str = ".json") -> bool:
    return answer.status == 200 and request.id is not None and request.target.endswith(extension)


def is_list(request: Request, answer: Answer) -> bool:
    return answer.status == 200 and request.below == "/dataset/id/" and answer.headers["Content-Type"] == JSON


def is_help(request: Request, answer: Answer) -> bool:
    return answer.status == 200 and request.below.endswith("help.txt")


def edit_record(request: Request, answer: Answer, **changes: Any) -> Answer:
    """A record with some keys changed; ``...`` takes a key away."""
    if not is_record(request, answer):
        return answer
    value = {**json.loads(answer.body), **changes}
    return answer.with_body(json.dumps({key: item for key, item in value.items() if item is not ...}).encode())


def edit_entries(request: Request, answer: Answer, edit: Callable[[dict[str, Any]], None]) -> Answer:
    if not is_list(request, answer):
        return answer
    found = json.loads(answer.body)
    for entry in found:
        edit(entry)
    return answer.with_body(json.dumps(found).encode())


def edit_text(request: Request, answer: Answer, edit: Callable[[str], str]) -> Answer:
    """Both help texts."""
    return answer.with_body(edit(answer.body.decode()).encode()) if is_help(request, answer) else answer


def with_status(answer: Answer, status: int) -> Answer:
    return replace(answer, status=status)


# methods


@fault("URL-4")
def head_answered_200(request: Request, answer: Answer) -> Answer:
    return with_status(answer, 200).with_headers(Content_Length="17") if request.method == "HEAD" else answer


@fault("URL-4")
def options_answered_200(request: Request, answer: Answer) -> Answer:
    return with_status(answer, 200).with_headers(Allow="GET") if request.method == "OPTIONS" else answer


@fault("URL-4", "READ-6")
def post_answered_405(request: Request, answer: Answer) -> Answer:
    return with_status(answer, 405) if request.method == "POST" else answer


@fault("URL-4")
def trace_echoed(request: Request, answer: Answer) -> Answer:
    return with_status(answer, 200).with_body(b"TRACE / HTTP/1.1") if request.method == "TRACE" else answer


@fault("URL-4", "READ-6")
def made_up_method_answered_501(request: Request, answer: Answer) -> Answer:
    return with_status(answer, 501) if request.method == "FROBNICATE" else answer


@fault("URL-4")
def put_on_unknown_url_answered_404(request: Request, answer: Answer) -> Answer:
    return with_status(answer, 404) if request.method == "PUT" and "dcip-check" in request.target else answer


@fault("URL-4", "READ-6")
def delete_answered_204(request: Request, answer: Answer) -> Answer:
    return with_status(answer, 204) if request.method == "DELETE" else answer


@fault("URL-4")
def connection_cut_on_patch(request: Request, answer: Answer) -> Answer:
    return replace(answer, cut=request.method == "PATCH")


# bodies and statuses


@fault("READ-7")
def not_found_with_body(request: Request, answer: Answer) -> Answer:
    return answer.with_body(b"Not Found") if answer.status == 404 else answer


@fault("READ-7")
def bad_request_with_body(request: Request, answer: Answer) -> Answer:
    return answer.with_body(b"<h1>Bad Request</h1>") if answer.status == 400 else answer


@fault("READ-7")
def redirect_with_body(request: Request, answer: Answer) -> Answer:
    return answer.with_body(b"You should be redirected") if answer.status == 301 else answer


@fault("READ-6", "CACHE-1")
def not_modified(request: Request, answer: Answer) -> Answer:
    return empty(304) if "if-none-match" in request.headers else answer


@fault("READ-6", "CACHE-1")
def not_modified_since(request: Request, answer: Answer) -> Answer:
    return empty(304) if "if-modified-since" in request.headers else answer


@fault("READ-6", "CACHE-1")
def precondition_failed(request: Request, answer: Answer) -> Answer:
    return empty(412) if "if-match" in request.headers else answer


@fault("READ-6")
def partial_content(request: Request, answer: Answer) -> Answer:
    return with_status(answer.with_body(b""), 206) if "range" in request.headers else answer


@fault("READ-9", "LIST-1")
def part_of_the_body_sent_as_the_whole(request: Request, answer: Answer) -> Answer:
    return answer.with_body(answer.body[:10]) if "range" in request.headers else answer


@fault("READ-6")
def not_acceptable(request: Request, answer: Answer) -> Answer:
    return empty(406) if request.headers.get("accept") == "image/png" else answer


@fault("READ-1", "LIST-1")
def refused_for_its_accept(request: Request, answer: Answer) -> Answer:
    return empty(400) if request.headers.get("accept") == "image/png" else answer


@fault("READ-6", "READ-8")
def http_1_0_refused(request: Request, answer: Answer) -> Answer:
    return empty(426) if request.http_version == "HTTP/1.0" else answer


# headers of a 200


@fault("HEAD-2")
def compressed(request: Request, answer: Answer) -> Answer:
    if answer.status != 200 or request.headers.get("accept-encoding") != "gzip":
        return answer
    return answer.with_body(gzip.compress(answer.body)).with_headers(Content_Encoding="gzip")


@fault("HEAD-2")
def chunked(request: Request, answer: Answer) -> Answer:
    if answer.status != 200:
        return answer
    body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(answer.body), answer.body)
    return replace(answer, body=body).with_headers(Content_Length=None, Transfer_Encoding="chunked")


@fault("HEAD-2")
def no_content_length(request: Request, answer: Answer) -> Answer:
    return answer.with_headers(Content_Length=None) if is_record(request, answer) else answer


@fault("HEAD-2")
def negative_content_length(request: Request, answer: Answer) -> Answer:
    return answer.with_headers(Content_Length="-5") if is_record(request, answer) else answer


@fault("HEAD-1")
def charset_with_hyphen(request: Request, answer: Answer) -> Answer:
    return answer.with_headers(Content_Type="application/json; charset=utf-8") if is_record(request, answer) else answer


@fault("HEAD-1")
def list_without_charset(request: Request, answer: Answer) -> Answer:
    return answer.with_headers(Content_Type="application/json") if is_list(request, answer) else answer


@fault("HEAD-1")
def catalog_without_content_type(request: Request, answer: Answer) -> Answer:
    return answer.with_headers(Content_Type=None) if request.below == "/catalog.json" else answer


@fault("HEAD-1")
def n3_called_html(request: Request, answer: Answer) -> Answer:
    return answer.with_headers(Content_Type="text/html") if is_record(request, answer, ".N3") else answer


@fault("HEAD-3")
def no_other_origin(request: Request, answer: Answer) -> Answer:
    return answer.with_headers(Access_Control_Allow_Origin=None)


@fault("HEAD-3")
def one_origin_allowed(request: Request, answer: Answer) -> Answer:
    if not request.below.endswith("help.txt"):
        return answer
    return answer.with_headers(Access_Control_Allow_Origin="http://example.org")


# the list


@fault("LIST-1")
def list_as_object(request: Request, answer: Answer) -> Answer:
    return answer.with_body(b'{"datasets": %b}' % answer.body) if is_list(request, answer) else answer


@fault("LIST-1")
def list_cut_short(request: Request, answer: Answer) -> Answer:
    return answer.with_body(answer.body[:-1]) if is_list(request, answer) else answer


@fault("LIST-1")
def list_of_texts_too(request: Request, answer: Answer) -> Answer:
    return answer.with_body(answer.body[:-1] + b', "more"]') if is_list(request, answer) else answer


@fault(absent=("list",))
def list_absent(request: Request, answer: Answer) -> Answer:
    return empty(400) if request.below.startswith("/dataset/id/") and request.id is None else answer


@fault("LIST-2")
def list_without_an_id(request: Request, answer: Answer) -> Answer:
    return edit_entries(request, answer, lambda entry: entry.pop("id") if entry["id"] == "last" else None)


@fault("LIST-2")
def list_with_ids_of_another_type(request: Request, answer: Answer) -> Answer:
    return edit_entries(request, answer, lambda entry: entry.update(id=str(entry["id"])))


@fault("LIST-2")
def list_with_an_id_twice(request: Request, answer: Answer) -> Answer:
    if not is_list(request, answer):
        return answer
    found = json.loads(answer.body)
    return answer.with_body(json.dumps([*found, found[3]]).encode())


@fault("LIST-3")
def list_with_other_change_types(request: Request, answer: Answer) -> Answer:
    def edit(entry: dict[str, Any]) -> None:
        entry["change_type"] = {"create": "modified", "delete": "delete"}[entry["change_type"]]

    return edit_entries(request, answer, edit)


@fault("LIST-4")
def list_without_modified(request: Request, answer: Answer) -> Answer:
    return edit_entries(request, answer, lambda entry: entry.pop("modified"))


@fault("LIST-4")
def list_with_modified_in_words(request: Request, answer: Answer) -> Answer:
    return edit_entries(request, answer, lambda entry: entry.update(modified="yesterday"))


@fault("LIST-5")
def list_with_relative_urls(request: Request, answer: Answer) -> Answer:
    return edit_entries(request, answer, lambda e: e.update(url=e["url"].removeprefix(request.site)))


@fault("LIST-5")
def list_with_urls_of_another_host(request: Request, answer: Answer) -> Answer:
    return edit_entries(request, answer, lambda e: e.update(url=e["url"].replace(request.site, "http://localhost:1")))


@fault("LIST-5")
def list_with_urls_of_n3(request: Request, answer: Answer) -> Answer:
    return edit_entries(request, answer, lambda e: e.update(url=e["url"].replace(".json", ".dcat.N3")))


@fault("LIST-5")
def list_with_urls_of_another_dataset(request: Request, answer: Answer) -> Answer:
    def edit(entry: dict[str, Any]) -> None:
        if entry["id"] == "last":
            entry["url"] = f"{request.endpoint}/dataset/id/air-quality.json"

    return edit_entries(request, answer, edit)


@fault("LIST-5")
def n3_list_without_urls(request: Request, answer: Answer) -> Answer:
    return answer.with_body(b"<a> <b> <c> .") if request.below == "/dataset/id.dcat.N3" else answer


@fault("LIST-6")
def list_without_revision(request: Request, answer: Answer) -> Answer:
    return edit_entries(request, answer, lambda entry: entry.pop("revision"))


@fault("URL-1")
def double_slash(request: Request, answer: Answer) -> Answer:
    if request.below.startswith("//"):
        return reference(replace(request, target=request.target.replace("//", "/", 1)))
    is_text = answer.headers.get("Content-Type") == TEXT
    return answer if is_text else answer.with_body(answer.body.replace(b"/rest/dataset/id/", b"/rest//dataset/id/"))


@fault("LIST-7")
def deleted_still_answered(request: Request, answer: Answer) -> Answer:
    return ok_json(dataset(request.id)) if request.id in DELETED and request.method == "GET" else answer


@fault("LIST-7", "READ-6")
def deleted_answered_410(request: Request, answer: Answer) -> Answer:
    return with_status(answer, 410) if request.id in DELETED else answer


@fault("LIST-7", "READ-1")
def live_dataset_not_found(request: Request, answer: Answer) -> Answer:
    return empty(404) if is_record(request, answer) and request.id == "bus stops" else answer


@fault("LIST-7", "READ-1")
def percent_encoding_not_understood(request: Request, answer: Answer) -> Answer:
    return empty(404) if is_record(request, answer) and "%2F" in request.target else answer


# records


@fault("SCHEMA-1")
def null_values(request: Request, answer: Answer) -> Answer:
    return edit_record(request, answer, author=None, additional={"nested": [{"information": ""}]})


@fault("SCHEMA-2")
def no_license(request: Request, answer: Answer) -> Answer:
    return edit_record(request, answer, license=...)


@fault("SCHEMA-2")
def no_resources(request: Request, answer: Answer) -> Answer:
    return edit_record(request, answer, resources=...)


@fault("SCHEMA-2", "SCHEMA-1")
def title_is_null(request: Request, answer: Answer) -> Answer:
    if request.target.endswith(".N3"):
        return answer
    return edit_record(request, answer, title=None)


@fault("SCHEMA-3")
def modified_not_iso(request: Request, answer: Answer) -> Answer:
    return edit_record(request, answer, metadata_modified="01/02/2026")


@fault("SCHEMA-3")
def no_created(request: Request, answer: Answer) -> Answer:
    return edit_record(request, answer, metadata_created=...)


@fault("SCHEMA-4", "EXT-2")
def tags_as_a_string(request: Request, answer: Answer) -> Answer:
    return edit_record(request, answer, tags="one, two")


@fault("SCHEMA-4", "EXT-2")
def spatial_as_a_string(request: Request, answer: Answer) -> Answer:
    return edit_record(request, answer, spatial="France")


@fault("SCHEMA-5")
def resource_without_url(request: Request, answer: Answer) -> Answer:
    return edit_record(request, answer, resources=[{"resource_type": "file"}])


@fault("SCHEMA-5")
def resource_without_type(request: Request, answer: Answer) -> Answer:
    return edit_record(request, answer, resources=[{"url": "http://example.org/"}])


@fault("SCHEMA-5")
def resource_with_size_as_text(request: Request, answer: Answer) -> Answer:
    resource = {"resource_type": "file", "url": "http://example.org/", "size": "1 MB"}
    return edit_record(request, answer, resources=[resource])


@fault("ENT-1", "READ-9")
def record_in_an_array(request: Request, answer: Answer) -> Answer:
    return answer.with_body(b"[%b]" % answer.body) if is_record(request, answer) else answer


@fault("URL-2", "READ-9")
def record_in_latin_1(request: Request, answer: Answer) -> Answer:
    if not is_record(request, answer) or request.id != "été":
        return answer
    return answer.with_body(answer.body.decode().encode("latin-1"))


@fault("ENT-1", "URL-2", "READ-9")
def record_with_nan(request: Request, answer: Answer) -> Answer:
    return edit_record(request, answer, additional=float("nan"))


@fault("ENT-1", "URL-2", "READ-9")
def content_length_too_short(request: Request, answer: Answer) -> Answer:
    return answer.with_headers(Content_Length=str(len(answer.body) - 3)) if is_record(request, answer) else answer


# N3


@fault("URL-3", "READ-10", "ENT-2")
def n3_does_not_parse(request: Request, answer: Answer) -> Answer:
    return answer.with_body(b"<a> <b> .. nonsense") if is_record(request, answer, ".N3") else answer


@fault("URL-3")
def n3_catalog_does_not_parse(request: Request, answer: Answer) -> Answer:
    return answer.with_body(b"{}[]") if request.below == "/catalog.dcat.N3" else answer


@fault("URL-3", "ENT-2")
def n3_of_records_not_found(request: Request, answer: Answer) -> Answer:
    return empty(404) if is_record(request, answer, ".N3") else answer


@fault("READ-10")
def n3_of_another_dataset(request: Request, answer: Answer) -> Answer:
    if not is_record(request, answer, ".N3"):
        return answer
    return answer.with_body(re.sub(rb'identifier "[^"]*"', b'identifier "other"', answer.body))


@fault("READ-10")
def n3_with_another_title(request: Request, answer: Answer) -> Answer:
    if not is_record(request, answer, ".N3"):
        return answer
    return answer.with_body(re.sub(rb'title "[^"]*"', b'title "other"', answer.body))


@fault("READ-10")
def n3_without_dataset(request: Request, answer: Answer) -> Answer:
    if not is_record(request, answer, ".N3"):
        return answer
    return answer.with_body(answer.body.replace(b"dcat:Dataset", b"dcat:Resource"))


@fault(absent=("N3",))
def n3_absent(request: Request, answer: Answer) -> Answer:
    return empty(400) if answer.headers.get("Content-Type") == N3 else answer


# requests that are not understood


@fault("READ-2")
def unknown_entity_type_answered_404(request: Request, answer: Answer) -> Answer:
    return with_status(answer, 404) if request.below.startswith("/dcip-check") else answer


@fault("READ-2")
def unknown_attribute_answered_with_a_list(request: Request, answer: Answer) -> Answer:
    return ok_json([]) if request.below.startswith("/dataset/dcip-check") else answer


@fault("READ-3")
def unseen_id_answered_200(request: Request, answer: Answer) -> Answer:
    return ok_json({}) if "/id/dcip-check" in request.target and answer.status == 404 else answer


@fault("READ-3")
def unseen_id_answered_500(request: Request, answer: Answer) -> Answer:
    return with_status(answer, 500) if "/id/dcip-check" in request.target and answer.status == 404 else answer


@fault("READ-11")
def no_extension_answered_200(request: Request, answer: Answer) -> Answer:
    plain = re.fullmatch("/dataset/id/[^.]+", request.below) and request.method == "GET"
    return ok_json(dataset("1")) if plain else answer


@fault("READ-11")
def unknown_extension_answered_404(request: Request, answer: Answer) -> Answer:
    return with_status(answer, 404) if request.target.endswith(".xml") and request.method == "GET" else answer


@fault("READ-11")
def unknown_extension_answered_200(request: Request, answer: Answer) -> Answer:
    return ok("<dataset/>", "application/xml") if request.target.endswith(".xml") else answer


@fault("READ-11")
def empty_id_answered_with_the_list(request: Request, answer: Answer) -> Answer:
    return ok_json([]) if request.below == "/dataset/id/.json" else answer


# help texts and redirects


@fault("HELP-3", "API-2")
def help_line_of_90_columns(request: Request, answer: Answer) -> Answer:
    return edit_text(request, answer, lambda text: text + "a word or " * 9)


@fault("HELP-3", "API-2")
def help_with_words_beside_a_long_url(request: Request, answer: Answer) -> Answer:
    return edit_text(request, answer, lambda text: text + "There are words beside http://example.org/" + "x" * 90)


@fault("HELP-3", "HELP-4", "API-2", "API-3", "API-4")
def help_in_latin_1(request: Request, answer: Answer) -> Answer:
    return answer.with_body(answer.body + b"\xe9") if is_help(request, answer) else answer


@fault("HELP-5", "HEAD-1")
def help_as_html(request: Request, answer: Answer) -> Answer:
    return answer.with_headers(Content_Type="text/html") if request.below.endswith("help.txt") else answer


@fault("HELP-4", "API-3", "API-4")
def help_of_another_host(request: Request, answer: Answer) -> Answer:
    return edit_text(request, answer, lambda text: text.replace(request.site, "http://example.com"))


@fault("HELP-4")
def help_with_one_foreign_url(request: Request, answer: Answer) -> Answer:
    return edit_text(request, answer, lambda text: text + "http://example.com/rest/Dataset/id/\n")


@fault("HELP-3", "HELP-4")
def help_fails(request: Request, answer: Answer) -> Answer:
    return empty(500) if request.below == "/dataset/help.txt" else answer


@fault(absent=("entity help", "API help"))
def help_absent(request: Request, answer: Answer) -> Answer:
    return empty(404) if request.below.endswith("help.txt") and request.method == "GET" else answer


@fault("API-1")
def no_redirect_to_the_api_help(request: Request, answer: Answer) -> Answer:
    return empty(400) if request.below == "/" else answer


@fault("HELP-1", "HELP-2")
def no_redirect_to_the_entity_help(request: Request, answer: Answer) -> Answer:
    return empty(404) if request.below in ("/dataset", "/dataset/") else answer


@fault("API-1", "HELP-1", "HELP-2", "READ-6")
def redirects_with_302(request: Request, answer: Answer) -> Answer:
    return with_status(answer, 302) if answer.status == 301 else answer


@fault("API-1", "HELP-1", "HELP-2")
def redirects_with_relative_location(request: Request, answer: Answer) -> Answer:
    location = answer.headers.get("Location", "").removeprefix(request.site)
    return answer.with_headers(Location=location) if location else answer


# the catalog and the home page


@fault("SCHEMA-6")
def catalog_without_contact(request: Request, answer: Answer) -> Answer:
    asked = request.below == "/catalog.json" and answer.status == 200
    return answer.with_body(b'{"id": "x", "description": "y"}') if asked else answer


@fault(absent=("catalog",))
def catalog_absent(request: Request, answer: Answer) -> Answer:
    return empty(404) if request.below.startswith("/catalog") and request.method == "GET" else answer


@fault("DISC-1")
def no_meta_tag(request: Request, answer: Answer) -> Answer:
    return ok("<html><head></head></html>", "text/html") if request.target == "/" else answer


@fault("DISC-1")
def meta_tag_with_relative_url(request: Request, answer: Answer) -> Answer:
    return ok(HOME.format("/rest"), "text/html") if request.target == "/" else answer


@fault("DISC-1")
def meta_tag_of_another_endpoint(request: Request, answer: Answer) -> Answer:
    return ok(HOME.format("http://example.org/rest"), "text/html") if request.target == "/" else answer


@fault("DISC-1")
def meta_tag_in_the_body(request: Request, answer: Answer) -> Answer:
    page = HOME.format(request.endpoint).replace("<meta", "</head><body><meta")
    return ok(page, "text/html") if request.target == "/" else answer


@fault("DISC-1")
def meta_tag_with_usual_attributes(request: Request, answer: Answer) -> Answer:
    page = f'<meta name="dcip-basic-rest-endpoint" content="{request.endpoint}">'
    return ok(page, "text/html") if request.target == "/" else answer


@fault(absent=("discovery",))
def no_home_page(request: Request, answer: Answer) -> Answer:
    return empty(404) if request.target == "/" else answer
