"""Whatever the form and whatever is sent: no exception, nothing from hidden fields, cleaning twice is cleaning once."""
import json
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onestop.catalogue import eforms
from onestop.catalogue.eforms.conditions import asked, holds
from onestop.catalogue.eforms.shape import ASKED_WITH, OPERATORS, TYPES
from tests.catalogue.eform_schemas import GARBAGE, PLAUSIBLE, answers, birth, schemas

TODAY = date(2026, 11, 25)
NAMES = [*(f"a_{key}" for key in answers()), "a_family.0.member", "a_family.1.works", "a_family.7.employer", "a_family.x.y",
         "a_family.0._row"]
FEW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def test_every_type_says_how_it_may_be_asked_about():
    assert set(ASKED_WITH) == set(TYPES)
    assert set().union(*ASKED_WITH.values()) == set(OPERATORS)


@FEW
@given(schemas())
def test_made_forms_are_forms_and_survive_export_and_import(schema):
    assert eforms.check(schema) == []
    stored = eforms.normal(schema)
    assert eforms.check(stored) == [] and eforms.normal(stored) == stored
    assert eforms.imported(eforms.exported(stored)) == (stored, [])
    assert eforms.imported(eforms.exported(schema).encode()) == (stored, [])
    assert eforms.compare(stored, stored) == []


@FEW
@given(schemas(), PLAUSIBLE | GARBAGE)
def test_cleaning_again_changes_nothing(schema, raw):
    schema = eforms.normal(schema)
    once = eforms.clean(schema, raw, today=TODAY)
    twice = eforms.clean(schema, once.answers, today=TODAY)
    assert twice.answers == once.answers
    assert json.loads(json.dumps(once.answers, allow_nan=False)) == once.answers
    json.dumps(once.answers, ensure_ascii=False).encode()
    assert eforms.shown(schema, twice.answers) == eforms.shown(schema, once.answers)
    eforms.fields_for(schema, raw, once.errors)
    assert len(eforms.error_rows(schema, once.errors)) >= min(len(once.errors), 1)


@FEW
@given(schemas(), PLAUSIBLE)
def test_what_is_hidden_has_no_answer_and_is_not_shown(schema, raw):
    found = eforms.clean(schema, raw, today=TODAY).answers
    open_keys = {field["key"] for _section, field in asked(schema, found)}
    assert set(found) <= open_keys
    for section in schema["sections"]:
        for field in section["fields"]:
            for row in found.get(field["key"], []) if field["type"] == "rows" else []:
                assert all(holds(part.get("condition"), {**found, **row}) for part in field["fields"] if part["key"] in row)
    # Answers slipped in beside the form don't reach anybody who reads it.
    hidden = dict.fromkeys({f["key"] for s in schema["sections"] for f in s["fields"]} - open_keys, "không được thấy")
    told = eforms.shown(schema, {**hidden, **found})
    assert told == eforms.shown(schema, found) or any(key in hidden for key in _asked_about(schema))


def _asked_about(schema):
    holders = [*schema["sections"], *(field for section in schema["sections"] for field in section["fields"])]
    return {test["field"] for holder in holders for tests in holder.get("condition", {}).values() for test in tests}


@FEW
@given(GARBAGE)
def test_any_garbage_is_a_list_of_problems(value):
    assert eforms.check(value)
    assert eforms.check({"version": 1, "sections": value}) is not None
    assert eforms.check({"version": 1, "sections": [value, {"title": value, "condition": value, "fields": [value]}]})


@FEW
@given(st.sampled_from(sorted(TYPES)), GARBAGE, GARBAGE)
def test_a_spoilt_field_is_a_problem_and_no_exception(kind, spoilt, condition):
    field = {"key": "a", "type": kind, "label": "Nhãn", "min": spoilt, "max": spoilt, "options": spoilt, "fields": spoilt, "paper": spoilt,
             "level": spoilt, "pattern": spoilt, "required": spoilt, "condition": condition}
    schema = birth()
    for place in ({"all": [{"field": "sex", "op": "equals", "value": spoilt}]}, {"any": [{"field": spoilt, "op": spoilt}]}, condition):
        schema["sections"][2]["condition"] = place
        eforms.check(schema)
    assert eforms.check({"version": 1, "sections": [{"title": "Phần", "fields": [field]}]})


@FEW
@given(st.binary(max_size=60) | st.text(max_size=60))
def test_any_file_gives_a_form_or_problems(data):
    schema, problems = eforms.imported(data)
    assert (schema is None) == bool(problems)


@FEW
@given(st.dictionaries(st.sampled_from(NAMES), GARBAGE, max_size=10), st.text(max_size=20))
def test_any_page_that_is_sent_back_is_read(sent, command):
    schema = birth()
    cleaned = eforms.clean(schema, sent, today=TODAY)
    assert cleaned.unknown == ()
    eforms.fields_for(schema, sent, cleaned.errors)
    for verb in (command, "add:family", "remove:family:0", f"remove:family:{command}"):
        eforms.change_rows(schema, sent, verb)
