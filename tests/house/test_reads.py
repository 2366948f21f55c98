"""A visitor of every role follows every link: nothing breaks, nothing is written, no link leads to a closed door."""
import re
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from io import StringIO
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import Resolver404, resolve

from onestop.people.models import User
from tests.house.addresses import addresses

READS = re.compile(r"\s*(SELECT|WITH|SAVEPOINT|RELEASE|ROLLBACK TO|EXPLAIN|PRAGMA|DECLARE|FETCH|CLOSE|VALUES)\b", re.IGNORECASE)
LOCKS = re.compile(r"\bFOR (NO KEY )?UPDATE\b|\b(INSERT INTO|DELETE FROM)\b", re.IGNORECASE)
PER_VIEW = 2  # addresses of one view that one visitor opens
PER_VISITOR = 120


class Page(HTMLParser):
    """What a visitor and a screen reader find on a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.headings = 0
        self.labels: set[str] = set()
        self.fields: list[dict[str, str | None]] = []
        self._in_label = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "a" and found.get("href"):
            self.links.append(str(found["href"]))
        self.headings += tag == "h1"
        if tag == "label":
            self._in_label = True
            self.labels.add(str(found.get("for")))
        if tag in ("input", "select", "textarea") and found.get("type") not in ("hidden", "submit", "button", "image"):
            self.fields.append({**found, "wrapped": "yes" if self._in_label else None})

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self._in_label = False

    def faults(self) -> Iterator[str]:
        """Faults of the page itself."""
        if self.headings != 1:
            yield f"{self.headings} h1 headings"
        for name, count in Counter(self.ids).items():
            if count > 1:
                yield f"id {name!r} stands {count} times"
        for field in self.fields:
            named = field.get("id") in self.labels or field["wrapped"] or field.get("aria-label") or field.get("aria-labelledby")
            if not named:
                yield f"field {field.get('name')!r} has no label"


@pytest.fixture
def demo_portal(db: None) -> None:
    """The demo, loaded in this test's own transaction."""
    call_command("load_demo", stdout=StringIO(), stderr=StringIO())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # nobody else sees these rows, so nobody else can count them


@contextmanager
def only_reading() -> Iterator[list[str]]:
    """Collect the statements that are more than reading."""
    found: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not READS.match(sql) or LOCKS.search(sql):
            found.append(sql[:120])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield found


class Visitor:
    """One person (or nobody) who opens addresses and follows links."""

    def __init__(self, user: User | None) -> None:
        self.name = user.username if user else "nobody"
        self.client = Client(raise_request_exception=True)
        if user:
            self.client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        self.faults: list[str] = []
        self.seen: set[str] = set()
        self.views: Counter[str] = Counter()
        self.waiting: deque[tuple[str, str]] = deque()

    def walk(self) -> None:
        """Start from every address that needs no parameter."""
        for address in addresses():
            start = None if address.is_api else address.url()
            if start:
                self.waiting.append((start, ""))
        while self.waiting and len(self.seen) < PER_VISITOR:
            self._open(*self.waiting.popleft())

    def _open(self, address: str, source: str) -> None:
        path = urlsplit(address).path
        try:
            view = resolve(path).view_name
        except Resolver404:
            if not path.startswith("/static/"):
                self._fault(address, source, "leads nowhere")
            return
        if address in self.seen or self.views[view] >= PER_VIEW:
            return
        self.seen.add(address)
        self.views[view] += 1
        try:
            with only_reading() as writes:
                answer = self.client.get(address)
                body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        except (Exception, pytest.fail.Exception) as error:
            self._fault(address, source, f"{type(error).__name__}: {error}")
            return
        for statement in writes:
            self._fault(address, source, f"writes: {statement}")
        self._judge(address, source, answer, body)

    def _judge(self, address: str, source: str, answer: Any, body: bytes) -> None:
        if answer.status_code >= 500 or (source and answer.status_code >= 400):
            self._fault(address, source, f"answers {answer.status_code}")
        if answer.status_code in (301, 302, 303):
            self._queue(answer.url, address)
        elif answer.status_code == 200 and "html" in answer.headers.get("Content-Type", ""):
            page = Page(body.decode())
            for fault in page.faults():
                self._fault(address, source, fault)
            for link in page.links:
                self._queue(link, address)

    def _queue(self, link: str, source: str) -> None:
        target = urldefrag(urljoin(source, link)).url
        if not urlsplit(target).netloc and not urlsplit(target).scheme and "sign_out" not in target:
            self.waiting.append((target, source))

    def _fault(self, address: str, source: str, text: str) -> None:
        origin = f" (from {source})" if source else ""
        self.faults.append(f"{self.name}: {address}{origin}: {text}")


# The payment gateway's protocol sends its notice by GET; what carries its signature is settled once, what does not is only kept.
WRITING_READS = {"api:payment_notice"}


def test_reading_the_api_without_a_token_writes_nothing(db, client):
    wrote = set()
    for address in addresses():
        if address.is_api and hasattr(address.view_class, "get"):
            with only_reading() as writes:
                client.get(address.example())
            wrote |= {address.name} if writes else set()
    assert wrote == WRITING_READS


def one_of_each_kind() -> list[User]:
    """A user for each set of roles."""
    found: dict[frozenset[str], User] = {}
    for user in User.objects.order_by("pk"):
        found.setdefault(frozenset(item.role for item in user.current_assignments()), user)
    return list(found.values())


def test_every_role_can_follow_every_link_and_reading_writes_nothing(demo_portal):
    visitors = [Visitor(None), *(Visitor(user) for user in one_of_each_kind())]
    for visitor in visitors:
        visitor.walk()
    faults = [fault for visitor in visitors for fault in visitor.faults]
    assert not faults, f"{len(faults)} faults:\n" + "\n".join(faults[:60])
    assert sum(len(visitor.seen) for visitor in visitors) > 100
