"""Letters for tests: one line each, through the services that the portal uses."""
from datetime import date
from typing import Any

from onestop.directives import services
from onestop.directives.models import Directive
from onestop.directives.services import Letter, RuleText
from onestop.offices.models import Area, Office


def letter(number: str, *rules: RuleText, area: Area | None = None, office: Office | None = None, issued: date = date(2026, 11, 1),
           starts: date | None = None, ends: date | None = None, demonstration: bool = False) -> Directive:
    """A published letter with its rules, holding in one area or office."""
    made = services.draft(actor=None, letter=Letter(
        number=number, issuer="Cơ quan thử", issued_on=issued, title="Văn bản thử", starts_on=starts or issued, ends_on=ends,
        demonstration=demonstration), areas=[area] if area else [], offices=[office] if office else [])
    for item in rules:
        services.add_rule(actor=None, directive=made, rule=item)
    return services.publish(actor=None, directive=made)


def rule(kind: str, clause: str = "khoản 1", *, starts: date | None = None, ends: date | None = None, **params: Any) -> RuleText:
    return RuleText(kind, clause, "Câu cho người dân.", params, starts, ends)
