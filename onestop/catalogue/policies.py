"""Who may change the catalogue (pure)."""
from onestop.people.models import User
from onestop.people.states import Role


def can_manage(actor: User | None) -> bool:
    """Only an administrator, the province's IT department (letter Cần Thơ, clause 2)."""
    return actor is not None and actor.has_role(Role.ADMINISTRATOR)
