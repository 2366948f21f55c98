"""More time by request: an agency asks for a frozen list of dossiers, the administrator checks and carries it out, each citizen
is told (letters Cần Thơ 1c and 2, Khánh Hòa 4). Many dossiers are carried out in the background, some of them a transaction."""
from dossiers.services.extensions.annexes import make_annexes
from dossiers.services.extensions.deciding import approve, exclude, include, reject, retry
from dossiers.services.extensions.executing import execute_item
from dossiers.services.extensions.freezing import freeze
from dossiers.services.extensions.lifting import lift
from dossiers.services.extensions.notices import issue_notices
from dossiers.services.extensions.requesting import LONGEST_DAYS, MOST_DOSSIERS, request_extension, request_scope
from dossiers.services.extensions.running import execute, follow_up, resume, work

__all__ = [
    "LONGEST_DAYS", "MOST_DOSSIERS", "approve", "exclude", "execute", "execute_item", "follow_up", "freeze", "include", "issue_notices",
    "lift", "make_annexes", "reject", "request_extension", "request_scope", "resume", "retry", "work",
]
