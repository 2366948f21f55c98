"""The cast itself can be built, on both databases."""
from tests.cast import Cast


def test_cast_holds_every_role(cast: Cast) -> None:
    assert cast.administrator.has_role("administrator")
    assert cast.outsider.office_ids_as("specialist") == [cast.other_office.pk]
    assert cast.procedure.current is not None
