"""A verb that must be refused with a code."""
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from onestop.transitions import Refused


@contextmanager
def refused(code: str, *fields: str, status: int = 0) -> Iterator[None]:
    """Inside this block a Refused with this code (and these fields, this status) must come."""
    with pytest.raises(Refused) as caught:
        yield
    assert caught.value.code == code, f"{caught.value.code}: {caught.value.sentence}"
    assert set(fields) <= set(caught.value.fields), caught.value.fields
    assert not status or caught.value.status == status
