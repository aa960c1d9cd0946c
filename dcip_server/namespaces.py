"""Vocabulary IRIs, each spelled once. Terms are N-Triples strings such as ``<http://…#title>``."""


class Namespace:
    """``DCTERMS.title`` is the N-Triples form of the term ``title`` in that vocabulary."""

    def __init__(self, prefix: str, iri: str) -> None:
        self.prefix = prefix
        self.iri = iri

    def __getattr__(self, name: str) -> str:
        if name.startswith("__"):
            raise AttributeError(name)
        term = f"<{self.iri}{name}>"
        setattr(self, name, term)
        return term

    def __getitem__(self, name: str) -> str:
        return f"<{self.iri}{name}>"


RDF = Namespace("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS = Namespace("rdfs", "http://www.w3.org/2000/01/rdf-schema#")
XSD = Namespace("xsd", "http://www.w3.org/2001/XMLSchema#")
OWL = Namespace("owl", "http://www.w3.org/2002/07/owl#")
DCAT = Namespace("dcat", "http://www.w3.org/ns/dcat#")
DCTERMS = Namespace("dcterms", "http://purl.org/dc/terms/")
FOAF = Namespace("foaf", "http://xmlns.com/foaf/0.1/")
VCARD = Namespace("vcard", "http://www.w3.org/2006/vcard/ns#")
ADMS = Namespace("adms", "http://www.w3.org/ns/adms#")
CHANGE_TYPE = Namespace("changetype", "http://purl.org/adms/changetype/")
HYDRA = Namespace("hydra", "http://www.w3.org/ns/hydra/core#")
LOCN = Namespace("locn", "http://www.w3.org/ns/locn#")
GEOSPARQL = Namespace("gsp", "http://www.opengis.net/ont/geosparql#")
SKOS = Namespace("skos", "http://www.w3.org/2004/02/skos/core#")
SPDX = Namespace("spdx", "http://spdx.org/rdf/terms#")
TIME = Namespace("time", "http://www.w3.org/2006/time#")
LDP = Namespace("ldp", "http://www.w3.org/ns/ldp#")
#: The Registry of Research Data Repositories' words, by which indexes of FAIR Data Points know a catalog.
R3D = Namespace("r3d", "http://www.re3data.org/schema/3-0#")
SCHEMA = Namespace("schema", "http://schema.org/")
SCHEMA_HTTPS = Namespace("sdo", "https://schema.org/")

#: IB1's terms. The first is its Registry's own; the others are what its older pages and examples write.
IB1 = Namespace("ib1", "https://registry.trust.ib1.org/ns/1.0#")
IB1_ALIASES = (
    Namespace("ib1core", "https://registry.core.trust.ib1.org/ns/1.0#"),
    Namespace("ib1terms", "http://ib1.org/terms/"),
)

#: What the draft's JSON says and no vocabulary above has a term for.
DCIP = Namespace("dcip", "http://spec.datacatalogs.com/#")

GEOJSON_DATATYPE = "<https://www.iana.org/assignments/media-types/application/vnd.geo+json>"
MEDIA_TYPE_BASE = "https://www.iana.org/assignments/media-types/"

#: Prefixes a rendered document may declare, in this order.
PREFIXES = (
    ADMS, CHANGE_TYPE, DCAT, DCIP, DCTERMS, FOAF, GEOSPARQL, HYDRA, IB1, LOCN, OWL, RDF, RDFS, SCHEMA, SKOS, SPDX, VCARD, XSD,
)  # fmt: skip
