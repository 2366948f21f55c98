"""Who may give roles and keys."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onestop.people.states import Role

if TYPE_CHECKING:
    from onestop.people.models import Assignment, User


def can_assign_roles(actor: User, office: Any) -> bool:
    """An administrator, at the offices of the own province."""
    return office.province_id in actor.provinces_as(Role.ADMINISTRATOR)


def can_end_assignment(actor: User, assignment: Assignment) -> bool:
    """As for giving it, but never one's own: an office must not lose its last administrator by a slip."""
    return assignment.user_id != actor.pk and can_assign_roles(actor, assignment.office)


def can_issue_token(actor: User, offices: list[Any]) -> bool:
    """An administrator, for named offices of the own province; a key for all offices is made on the command line only."""
    return bool(offices) and all(can_assign_roles(actor, office) for office in offices)
