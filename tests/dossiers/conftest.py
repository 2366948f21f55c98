"""What the dossiers' tests share: submissions, acceptance, a letter in force, people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from dossiers.models import Dossier
from dossiers.services import intake
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.directives.models import Directive, DirectiveScope, Rule
from onestop.people.models import User
from tests.cast import Cast

APPLICANT = intake.Applicant(full_name="Người nộp mẫu", phone="0912345678", email="mau@example.vn")


@dataclass
class Desk:
    """Makes dossiers of the cast through the services."""

    cast: Cast

    def submit(self, procedure: Procedure | None = None, applicant: intake.Applicant = APPLICANT, **extra: Any) -> intake.Submitted:
        """A citizen's online submission."""
        request = intake.Request(**extra)
        return intake.submit_online(
            office=self.cast.office, procedure=procedure or self.cast.procedure, applicant=applicant, request=request
        )

    def receive(self, procedure: Procedure | None = None, actor: User | None = None, applicant: intake.Applicant = APPLICANT) -> Dossier:
        """A dossier handed in at the counter: accepted at once."""
        made = intake.receive_in_person(
            actor=actor or self.cast.desk,
            office=self.cast.office,
            applicant=applicant,
            procedure=procedure or self.cast.procedure,
            papers=[intake.PaperCount(1, originals=1)],
        )
        return self.fresh(made.dossier)

    @staticmethod
    def fresh(dossier: Dossier) -> Dossier:
        """The dossier as the database has it."""
        return Dossier.objects.select_related("procedure", "received_office").get(pk=dossier.pk)


@pytest.fixture
def desk(cast: Cast) -> Desk:
    return Desk(cast)


@pytest.fixture
def letter(cast: Cast) -> Callable[..., Directive]:
    """Make a published letter for the province with rules {kind: params}."""

    def make(
        number: str = "2468/VPUB-KSTT", *, first: date | None = None, last: date | None = None, **rules: dict[str, Any]
    ) -> Directive:
        first = first or clock.today()
        made = Directive.objects.create(
            number=number,
            issuer="Văn phòng UBND",
            issued_on=first,
            title="Văn bản thử",
            starts_on=first,
            ends_on=last,
            published_at=clock.at(first),
        )
        DirectiveScope.objects.create(directive=made, area=cast.province)
        for kind, params in rules.items():
            Rule.objects.create(
                directive=made, kind=kind, clause="khoản 1c", params=params, text="Do dịch bệnh, chưa thể xác minh thực tế."
            )
        return made

    return make
