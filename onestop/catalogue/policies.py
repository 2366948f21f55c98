"""Who may change the catalogue (pure)."""
from onestop.catalogue.models import EFormVersion
from onestop.people.models import User
from onestop.people.states import Role


def can_manage(actor: User | None) -> bool:
    """Only an administrator, the province's IT department (letter Cần Thơ, clause 2)."""
    return actor is not None and actor.has_role(Role.ADMINISTRATOR)


def can_change_eform(actor: User | None, version: EFormVersion) -> bool:
    """An administrator, and only while it is a draft: what was published is what citizens were asked."""
    return can_manage(actor) and version.is_draft()
