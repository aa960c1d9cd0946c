"""Every sentence of the draft that can be obeyed or broken, one row each.

The middleware enforces the rows that have an ``enforce`` function, ``tests/spec/`` has a test for
every row, ``dcip-server check`` asks a server from outside about every row, and the table in the
README is compared with this one. Where the draft is silent or contradicts itself, ``what_we_do``
says which reading was chosen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from dcip_server.protocol import answers
from dcip_server.protocol.answers import Answer


class Level(StrEnum):
    """The key words of the draft's section 3 (RFC 2119). Its "MAY NOT" forbids: a MUST NOT."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Part(StrEnum):
    """The API calls. Compliance: every MUST of the parts that exist. Conformance: all parts exist, too."""

    DISCOVERY = "discovery"
    ENDPOINT = "endpoint"
    READ = "read"
    N3 = "N3"
    LIST = "list"
    ENTITY_HELP = "entity help"
    API_HELP = "API help"
    CATALOG = "catalog"
    EXTENSIONS = "extensions"


@dataclass(frozen=True, slots=True)
class Rule:
    """``id`` is permanent. ``heading`` is the draft's; ``due`` what it asks in our words.

    ``enforce`` makes an answer obey, where the middleware can see to it.
    """

    id: str
    level: Level
    part: Part
    heading: str
    due: str
    what_we_do: str
    enforce: Callable[[Answer], Answer] | None = None


_M, _S, _Y = Level.MUST, Level.SHOULD, Level.MAY
_P = Part

RULES: tuple[Rule, ...] = (
    # --- API Endpoint ---
    Rule("DCIP-DISC-1", _M, _P.DISCOVERY, "API Endpoint", "the home page's head has a meta tag whose content is dcip-basic-rest-endpoint and whose value is the full endpoint URL", "every home page has it"),
    # --- Entities ---
    Rule("DCIP-ENT-1", _M, _P.READ, "Entities", "datasets are represented in JSON", "stored when a record is written"),
    Rule("DCIP-ENT-2", _S, _P.N3, "Entities", "datasets are represented as DCAT encoded in N3", "stored when a record is written"),
    # --- URL Structure ---
    Rule("DCIP-URL-1", _M, _P.ENDPOINT, "URL Structure", "a slash at the end of the endpoint is removed before a URL is computed", "SITE_URL and ENDPOINT_PATH may end in one; no URL of ours has it"),
    Rule("DCIP-URL-2", _M, _P.READ, "URL Structure", "the extension .json returns JSON", "exactly that spelling; the entity name alone ignores case"),
    Rule("DCIP-URL-3", _M, _P.N3, "URL Structure", "the extension .dcat.N3 returns DCAT encoded in N3", "exactly that spelling"),
    Rule("DCIP-URL-4", _M, _P.ENDPOINT, "URL Structure", "a request other than GET to any URL at the endpoint is answered 400", "any method, known or made up, existing URL or not", answers.refuse_other_methods),
    # --- Response Headers ---
    Rule("DCIP-HEAD-1", _M, _P.ENDPOINT, "Response Headers", "Content-Type is application/json; charset=utf8 for JSON", "exactly that spelling; text/n3; charset=utf8 for N3, which the draft leaves open", answers.require_content_type),
    Rule("DCIP-HEAD-2", _M, _P.ENDPOINT, "Response Headers", "Content-Length is the length in bytes of the UTF-8 serialisation", "exact, never chunked, never compressed", answers.require_exact_length),
    Rule("DCIP-HEAD-3", _M, _P.ENDPOINT, "Response Headers", "Access-Control-Allow-Origin is *", "on every answer, not on 200 alone", answers.allow_any_origin),
    # --- Read Dataset API Call ---
    Rule("DCIP-READ-1", _M, _P.READ, "Read Dataset API Call", "a dataset that exists is answered 200", "for any id, percent-encoded; %2F and a raw slash are the same"),
    Rule("DCIP-READ-2", _M, _P.READ, "Read Dataset API Call", "a request that is not understood is answered 400", "unknown entity types, attributes, extensions and paths"),
    Rule("DCIP-READ-3", _M, _P.READ, "Read Dataset API Call", "an id that no entity has is answered 404", "ids never seen, and ids of deleted datasets"),
    Rule("DCIP-READ-4", _M, _P.READ, "Read Dataset API Call", "too many requests are answered 429", "RATE_LIMIT; one count for all workers"),
    Rule("DCIP-READ-5", _M, _P.READ, "Read Dataset API Call", "a crash is answered 500", "nothing is told to the client, everything to the log; a store that cannot be read is never an empty 200", answers.hide_failures),
    Rule("DCIP-READ-6", _M, _P.ENDPOINT, "Read Dataset API Call", "no other status is returned", "200, 301, 400, 404, 429 and 500; what a library would answer is mapped to the nearest of them", answers.allow_only_defined_statuses),
    Rule("DCIP-READ-7", _M, _P.ENDPOINT, "Read Dataset API Call", "there is no response body unless the status is 200", "Content-Length is 0", answers.empty_unless_ok),
    Rule("DCIP-READ-8", _Y, _P.ENDPOINT, "Read Dataset API Call", "the response is HTTP 1.0 or HTTP 1.1", "both work"),
    Rule("DCIP-READ-9", _M, _P.READ, "Read Dataset API Call", "the body is the JSON serialisation of the dataset, encoded as UTF-8", "one object, the draft's keys in its order"),
    Rule("DCIP-READ-10", _M, _P.N3, "Read Dataset API Call", "the body is the N3 serialisation of the dataset, encoded as UTF-8", "DCAT with the draft's term table; a record that came in as RDF keeps all its triples"),
    Rule("DCIP-READ-11", _M, _P.READ, "Read Dataset API Call", "a URL without format extension is answered 400", "an unknown extension and an empty id, too"),
    # --- List Dataset API Call ---
    Rule("DCIP-LIST-1", _M, _P.LIST, "List Dataset API Call", "the list of all datasets is answered 200 as a JSON or N3 list", "<endpoint>/dataset/id/, as the help text says, and id.json, id.dcat.N3; <endpoint>/dataset/ where Accept names a format"),
    Rule("DCIP-LIST-2", _M, _P.LIST, "Response Format", "each entry has the id", "string or integer, as in the record"),
    Rule("DCIP-LIST-3", _M, _P.LIST, "Response Format", "each entry has a change_type: create, update or delete", "of its latest revision; deleted datasets stay listed"),
    Rule("DCIP-LIST-4", _M, _P.LIST, "Response Format", "each entry has the date of its latest change, modified", "ISO 8601, UTC, to the second"),
    Rule("DCIP-LIST-5", _M, _P.LIST, "Response Format", "each entry has the full URL of the same serialisation", "percent-encoded; what it answers has that id"),
    Rule("DCIP-LIST-6", _S, _P.LIST, "Response Format", "each entry has a revision", "an integer, rising in commit order over the whole catalog"),
    Rule("DCIP-LIST-7", _M, _P.LIST, "List Dataset API Call", "what a list entry says holds: a dataset listed as deleted is gone, any other is answered 200", "the list and the records come from the same transaction"),
    # --- Help Dataset API Call ---
    Rule("DCIP-HELP-1", _S, _P.ENTITY_HELP, "Help Dataset API Call", "<endpoint>/dataset/ is redirected with 301 to <endpoint>/dataset/help.txt", "unless Accept names JSON or N3, or DATASET_ROOT is list; Location is a full URL"),
    Rule("DCIP-HELP-2", _S, _P.ENTITY_HELP, "Help Dataset API Call", "<endpoint>/dataset is redirected with 301 to <endpoint>/dataset/help.txt", "as DCIP-HELP-1"),
    Rule("DCIP-HELP-3", _M, _P.ENTITY_HELP, "Help Dataset API Call", "the help text is UTF-8, wrapped to 78 characters", "wrapped after the URLs are filled in; only a URL can be longer"),
    Rule("DCIP-HELP-4", _M, _P.ENTITY_HELP, "Help Dataset API Call", "the help text's URLs are those of this endpoint", "filled in for every request"),
    Rule("DCIP-HELP-5", _M, _P.ENTITY_HELP, "Help Dataset API Call", "the help text's Content-Type is text/plain; charset=utf8", "exactly that spelling"),
    Rule("DCIP-HELP-6", _Y, _P.ENTITY_HELP, "Help Dataset API Call", "the help text is Markdown", "valid CommonMark"),
    # --- API Help Call ---
    Rule("DCIP-API-1", _S, _P.API_HELP, "API Help Call", "<endpoint>/ is redirected with 301 to <endpoint>/help.txt", "the endpoint without a slash, too"),
    Rule("DCIP-API-2", _M, _P.API_HELP, "API Help Call", "the help text is UTF-8, wrapped to 78 characters", "as DCIP-HELP-3"),
    Rule("DCIP-API-3", _M, _P.API_HELP, "API Help Call", "the help text links to the catalog info API", "catalog.json and catalog.dcat.N3"),
    Rule("DCIP-API-4", _M, _P.API_HELP, "API Help Call", "the help text lists the entity types and points to their help", "made from the table of entity types"),
    Rule("DCIP-API-5", _Y, _P.API_HELP, "API Help Call", "the help text says what the catalog is for and whom to contact", "from CATALOG_DESCRIPTION and CATALOG_CONTACT"),
    # --- Extensions ---
    Rule("DCIP-EXT-1", _Y, _P.EXTENSIONS, "Extensions", "entities are found by attributes other than the id", "name, title, tags, author, maintainer, license, format, since, and search over the whole text"),
    Rule("DCIP-EXT-2", _M, _P.EXTENSIONS, "Extensions", "no dataset attribute gets a new meaning", "what the draft has no key for goes under further keys"),
    # --- Caching ---
    Rule("DCIP-CACHE-1", _Y, _P.ENDPOINT, "Caching", "ETag and Last-Modified are sent as information", "a conditional request is still answered 200: the draft has no 304"),
    # --- Entity Schema ---
    Rule("DCIP-SCHEMA-1", _S, _P.READ, "Empty or Missing Values", "a null or empty value has no key", "at any depth, but in GeoJSON and in IB1's blocks; resources stays, even when empty"),
    Rule("DCIP-SCHEMA-2", _M, _P.READ, "Dataset", "id, title, license and resources are there, of their types", "a record without id or title is refused; license notspecified where the source states none"),
    Rule("DCIP-SCHEMA-3", _M, _P.READ, "Dataset", "metadata_modified and metadata_created are there, ISO 8601", "the source's, else the time of the latest revision and the first import here"),
    Rule("DCIP-SCHEMA-4", _M, _P.READ, "Dataset", "optional attributes are of their types", "name, author, maintainer, tags, spatial (GeoJSON), temporal, version"),
    Rule("DCIP-SCHEMA-5", _M, _P.READ, "Dataset", "each resource has a resource_type and a url, and its optional attributes are of their types", "a resource without a URL stands apart under unlinked_resources"),
    Rule("DCIP-SCHEMA-6", _M, _P.CATALOG, "Potential Catalog Entity Attributes", "the catalog has id, description and contact", "catalog.json and catalog.dcat.N3"),
)  # fmt: skip

#: Rows that the middleware enforces, in this order.
ENFORCED: tuple[Rule, ...] = tuple(rule for rule in RULES if rule.enforce)
