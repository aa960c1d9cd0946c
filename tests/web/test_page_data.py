"""The schema.org data in a record's page."""

from __future__ import annotations

import json
import re

from dcip_server.store import Put
from tests.conftest import Site
from tests.records import dataset


def test_a_page_says_what_the_dataset_is_and_no_text_gets_out_of_the_element(site: Site) -> None:
    title = '</script><script>alert(1)</script><!-- & " Bäume'
    site.store.revise([Put(dataset("t/1", title=title, tags=["tree"], author="Town", license="notspecified"))])
    page = site.get("/dataset/t%2F1").text
    found = re.findall("<script[^>]*>(.*?)</script>", page)
    assert len(found) == 1
    data = json.loads(found[0])
    assert (data["@type"], data["name"], data["keywords"]) == ("Dataset", title, ["tree"])
    assert data["url"] == "http://catalog.example/dataset/t%2F1"
    assert data["distribution"][0]["contentUrl"] == "https://data.example/t/1.csv"
    assert data["creator"] == {"@type": "Organization", "name": "Town"}
    assert "license" not in data
    assert "description" not in data
