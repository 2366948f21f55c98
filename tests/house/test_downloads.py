"""Whoever takes a list of people away as a file is written down (rules.md 9): every view of the post and of messages that sends a file says
so, or stands here with the reason why nobody is named in it."""
import ast

import pytest
from django.urls import reverse

from tests.house.addresses import addresses
from tests.house.sources import Source, sources

APPS = ("postal", "notify")
SENDS = {"FileResponse", "StreamingHttpResponse"}
# Files in which no person stands.
NAMELESS = {
    "postal.views.campaigns.progress_file": "figures by office",
    "postal.views.compliance.download": "figures by carrier, office and week",
    "postal.views.fees.template": "an empty table",
    "postal.views.points.template": "an empty table",
    "onestop.notify.views.broadcasts.template": "an empty table",
}


def used(node: ast.AST) -> set[str]:
    """Names that a function uses, and the header that makes an answer a file."""
    found = {item.id for item in ast.walk(node) if isinstance(item, ast.Name)}
    found |= {ast.unparse(item) for item in ast.walk(node) if isinstance(item, ast.Attribute)}
    return found | {item.value for item in ast.walk(node) if isinstance(item, ast.Constant) and item.value == "Content-Disposition"}


def senders(source: Source) -> dict[str, set[str]]:
    """The functions of a file that send one, by themselves or by a helper beside them, with what each uses."""
    functions = {node.name: used(node) for node in source.tree.body if isinstance(node, ast.FunctionDef)}
    methods = {f"{parent.name}.{node.name}": used(node) for parent in source.tree.body if isinstance(parent, ast.ClassDef)
               for node in parent.body if isinstance(node, ast.FunctionDef)}
    every, found = functions | methods, set[str]()
    while more := {name for name, names in every.items() if name not in found and names & (SENDS | {"Content-Disposition"} | found)}:
        found |= more
    return {name: every[name] for name in found if not name.startswith("_")}


def all_senders() -> dict[str, set[str]]:
    """The same for both apps, by dotted name."""
    return {f"{source.module}.{name}": names for source in sources() if source.app in APPS for name, names in senders(source).items()}


def test_every_download_of_names_is_written_down():
    found = all_senders()
    silent = {name for name, names in found.items() if "downloads.taken" not in names}
    assert silent == set(NAMELESS), f"sends a file and tells nobody: {sorted(silent - set(NAMELESS))}"
    assert len(found) > len(NAMELESS) + 5, "the search finds no views any more"


@pytest.mark.parametrize("name", ["postal:handover_file", "postal:settlement_file", "postal:settlement_csv", "postal:campaign_list_file",
                                  "postal:carrier_manifest", "notify:broadcast_not_reached"])
def test_a_download_of_names_is_an_act_not_a_look(client, cast, name):
    """It writes, so a link or a browser that fetches ahead can't do it."""
    client.force_login(cast.administrator, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(next(one for one in addresses() if one.name == name).example()).status_code == 405


def test_the_log_is_the_administrators(client, cast):
    address = reverse("people:downloads")
    for who, status in ((cast.administrator, 200), (cast.monitor, 403), (cast.desk, 403)):
        client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
        assert client.get(address).status_code == status
