"""A letter's page names the areas and offices that a rule is about; nobody reads codes."""
from onestop.directives.models import Rule
from onestop.directives.states import RuleKind
from tests.cast import Cast


def test_codes_of_places_are_shown_as_names(cast: Cast) -> None:
    rule = Rule(kind=RuleKind.BLOCKADE, params={"areas": [cast.commune.code], "offices": [cast.office.code, "khong-co"]})
    areas, offices = rule.shown_params
    assert cast.commune.name in areas and cast.commune.code not in areas
    assert cast.office.name in offices and "khong-co" in offices


def test_an_empty_list_asks_nothing(cast: Cast, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_num_queries(0):
        assert len(Rule(kind=RuleKind.BLOCKADE, params={"areas": [], "people": 10}).shown_params) == 2
