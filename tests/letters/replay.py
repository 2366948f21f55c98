"""What the tests of the letters do with the running application: pages, API and jobs, never rows."""
import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from bookings.services.sessions import generate
from dossiers import tasks as dossier_tasks
from dossiers.models import Dossier
from onestop import clock
from onestop.directives.models import Directive
from onestop.notify.models import Message
from onestop.notify.services import send
from onestop.offices import demo
from onestop.offices.models import Office
from onestop.people import services as people
from onestop.people.models import User
from onestop.people.tokens import create_token
from postal.models import Carrier
from tests import births

BACKEND = "django.contrib.auth.backends.ModelBackend"
API = "/api/v1/"
ALL_WELL = dict.fromkeys(("mask", "distance", "disinfect", "declared", "well"), "on")
DIGITS = ("Không", "Một", "Hai", "Ba", "Bốn", "Năm", "Sáu", "Bảy", "Tám", "Chín")
SLOT = re.compile(r'name="slot" value="(\d+)"')


def text(answer: Any) -> str:
    """What a page says, as a reader sees it: no tags, one space between words."""
    body = html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))
    return " ".join(body.split())


@dataclass(frozen=True)
class Booked:
    """An appointment as the person who made it sees it."""

    code: str
    secret: str
    page: str


class Replay:
    """The portal on the days of a letter. Everybody uses a browser or a program of their own."""

    def __init__(self) -> None:
        self._numbers = iter(range(1, 1000))

    # --- time and people -----------------------------------------------------------------------------------------

    @contextmanager
    def at(self, day: date, hour: int = 8, minute: int = 0) -> Iterator[datetime]:
        """The portal's clock held at a moment."""
        with clock.frozen(clock.at(day, hour, minute)) as moment:
            yield moment

    def visitor(self, user: User | str | None = None) -> Client:
        """A browser; signed in for a user."""
        browser = Client()
        if user is not None:
            found = User.objects.get(username=user) if isinstance(user, str) else user
            browser.force_login(found, backend=BACKEND)
        return browser

    def employ(self, role: str, office: str, administrator: str) -> Client:
        """Somebody new whom the province's administrator gives a role at an office today, signed in."""
        username = f"mau-{office}-{role}-{next(self._numbers)}"
        user, _made = people.make_user(username=username, full_name=f"Cán bộ mẫu {username}", password_hash=make_password(None))
        answer = self.visitor(administrator).post(reverse("people:assignments"), {
            "username": username, "office": self.office(office).pk, "role": role})
        assert answer.status_code == 302, text(answer)
        return self.visitor(user)

    def postman(self, carrier: Carrier, centre: str, administrator: str) -> Client:
        """Somebody new with the role carrier, whom the administrator gives to a carrier, signed in."""
        browser = self.employ("carrier", centre, administrator)
        page = reverse("postal:clerk_edit", args=[User.objects.latest("pk").pk])
        assert self.visitor(administrator).post(page, {"carrier": carrier.pk, "areas": ""}).status_code == 302
        return browser

    def program(self, *scopes: str, office: str, user: str | None = None) -> APIClient:
        """A program with a key for an office; with `user`, an officer's own key."""
        token, key = create_token(name="Đối tác mẫu", scopes=scopes, office_ids=[self.office(office).pk])
        if user is not None:
            token.user = User.objects.get(username=user)
            token.save(update_fields=["user"])
        return APIClient(headers={"Authorization": f"Bearer {key}"})

    # --- places and letters --------------------------------------------------------------------------------------

    def office(self, code: str) -> Office:
        return Office.objects.select_related("area", "province").get(code=code)

    def district(self, code: str, identifier: str, name: str, area: str, parent: str) -> Office:
        """A district's one-stop shop of before 1/7/2025, equipped as the demonstration's offices are."""
        above = self.office(parent)
        row = demo.Demo(code, identifier, name, "district", area, above.province.code, (9.18, 105.15), parent)
        places = {item.code: item for item in (above.province, above.area)}
        places[area] = above.province.children.get(code=area)
        made = demo._office(row, places, {parent: above})
        demo.load_equipment({code: made})
        return self.office(code)

    def open_counter(self, office: str, first: date, days: int = 8) -> None:
        """What the nightly job does for one office."""
        generate(office=self.office(office), first=first, days=days)

    def letter(self, number: str) -> Directive:
        return Directive.objects.get(number=number)

    def publish(self, administrator: str, number: str, office: str, *rules: dict[str, Any]) -> None:
        """A letter of today for one office, entered and published on the administrator's pages."""
        browser, today = self.visitor(administrator), clock.today().isoformat()
        answer = browser.post(reverse("directives:create"), {
            "number": number, "issuer": "Ủy ban nhân dân tỉnh (mẫu)", "issued_on": today, "title": "Văn bản mẫu", "starts_on": today,
            "offices": [self.office(office).pk]})
        assert answer.status_code == 302, text(answer)
        pk = self.letter(number).pk
        for rule in rules:
            assert browser.post(reverse("directives:add_rule", args=[pk]), rule).status_code == 302
        assert browser.post(reverse("directives:publish", args=[pk])).status_code == 302

    # --- pages ---------------------------------------------------------------------------------------------------

    def procedure_page(self, code: str, office: str) -> Any:
        return Client().get(reverse("guide:procedure", args=[code]), {"don_vi": office})

    def month(self, office: str, code: str, day: date | None = None, purpose: str = "submit") -> Any:
        asked = {"viec": purpose} | ({"ngay": day.isoformat()} if day else {})
        return Client().get(reverse("bookings:month", args=[office, code]), asked)

    def slots(self, office: str, code: str, day: date, purpose: str = "submit") -> list[int]:
        """The times of a day that the booking page lets one choose, earliest first."""
        return [int(value) for value in SLOT.findall(self.month(office, code, day, purpose).content.decode())]

    def person(self) -> dict[str, str]:
        """Somebody who never came before."""
        number = next(self._numbers)
        name = " ".join(DIGITS[int(digit)] for digit in str(number))
        return {"full_name": f"Người Mẫu {name}", "phone": f"0900{number:06d}"}

    def hold(self, browser: Client, office: str, code: str, slot: int, **asked: Any) -> Any:
        """The answer to pressing 'keep this place'."""
        return browser.post(reverse("bookings:hold", args=[office, code]), {"slot": slot, "viec": "submit", **asked})

    def book_on_web(self, office: str, code: str, slot: int, *, person: dict[str, str] | None = None, **asked: Any) -> Booked:
        """All steps of the citizen's booking."""
        browser = Client()
        kept = self.hold(browser, office, code, slot, **asked)
        assert kept["Location"] == reverse("bookings:details"), text(browser.get(kept["Location"]))
        answer = browser.post(reverse("bookings:details"), person or self.person())
        assert answer.status_code == 302, text(answer)
        found = re.search(r"/lich/([^/]+)/\?khoa=([^&]+)", answer["Location"])
        assert found is not None
        return Booked(found[1], found[2], text(browser.get(answer["Location"])))

    def book_by_program(self, program: APIClient, code: str, slot: int, **more: Any) -> Any:
        body = {"slot": slot, "procedure": code, "purpose": "submit", "channel": "zalo", "applicant": self.person(), **more}
        return program.post(f"{API}appointments/", body, format="json")

    # --- dossiers ------------------------------------------------------------------------------------------------

    def take_in(self, desk: Client, office: str, code: str, channel: str = "in_person", **more: Any) -> Any:
        """The answer to the desk's form for a dossier that lies on the counter or came by post."""
        address = reverse("dossiers:take_in", args=[office, code, channel])
        return desk.post(address, {**self.person(), "return_method": "counter", **more})

    def received(self, answer: Any) -> Dossier:
        """The dossier a form has led to."""
        assert answer.status_code == 302, text(answer)
        return Dossier.objects.get(pk=int(re.findall(r"\d+", answer["Location"])[-1]))

    def submit(self, office: str, code: str, **more: Any) -> tuple[Any, Client]:
        """The answer to the citizen's online form, and the browser."""
        browser = Client()
        address = f"{reverse('dossiers:submit', args=[code])}?don_vi={office}"
        return browser.post(address, {**self.person(), "return_method": "counter", **births.ANSWERS, **more}), browser

    def tracking_page(self, dossier: Dossier) -> str:
        """What the public sees with code and phone number."""
        browser = Client()
        answer = browser.post(reverse("dossiers:track"), {"ma": dossier.number, "so": dossier.phone[-4:]}, follow=True)
        return text(answer)

    def sweep_dossiers(self) -> None:
        dossier_tasks.sweep()

    def told(self, dossier_or_code: Dossier | str, template: str) -> str:
        """The one message of a kind about a dossier or appointment, after the worker has sent it."""
        name = dossier_or_code.phone if isinstance(dossier_or_code, Dossier) else dossier_or_code
        rows = Message.objects.filter(template_key=template)
        message = rows.get(phone=name) if isinstance(dossier_or_code, Dossier) else rows.get(body__contains=name)
        send(message.pk)
        message.refresh_from_db()
        assert message.state in ("sent", "delivered"), message.state
        return f"{message.subject} {message.body}"

