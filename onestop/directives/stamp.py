"""Whether what a process remembers about whole days (letters, closures, offices, the catalogue) is still true."""
from onestop.directives.models import Stamp

NONE = ""  # nothing may be remembered under this one


def current() -> str:
    """The stamp of the facts as committed now; NONE where the database keeps none. One query."""
    value = Stamp.objects.values_list("value", flat=True).first()
    return str(value) if value is not None else NONE
