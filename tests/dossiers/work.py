"""What the tests of casework share: browsers of people, a small PDF, a colleague."""
from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from dossiers import tracking
from dossiers.models import Dossier
from onestop.offices.models import Office
from onestop.people.models import User
from onestop.people.states import Role
from tests.cast import person

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def browser(user: User | None = None) -> Client:
    """Somebody's browser, signed in where a user is named."""
    client = Client()
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def citizens_browser(dossier: Dossier) -> Client:
    """A browser that has given the dossier's second factor."""
    client = Client()
    answer = client.post(reverse("dossiers:track"), {"ma": dossier.number, "so": dossier.phone[-4:]})
    assert answer.status_code == 302 and client.session[tracking.TRACKED_KEY] == [dossier.pk]
    return client


def pdf(name: str = "tep.pdf") -> SimpleUploadedFile:
    """A file as it comes with a form."""
    return SimpleUploadedFile(name, PDF, content_type="application/pdf")


def url(name: str, *args: object) -> str:
    return reverse(f"dossiers:{name}", args=args)


def text_of(answer) -> str:  # type: ignore[no-untyped-def]
    return answer.content.decode()


def colleague(office: Office, username: str = "t-dongnghiep", role: str = Role.SPECIALIST) -> User:
    """Somebody else at an office."""
    return person(username, f"Đồng nghiệp {username} (thử)", office, role)
