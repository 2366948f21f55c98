"""The full matrix of state and verb, from each app's transition tables."""
from importlib import import_module
from types import ModuleType

import pytest
from django.db.models import TextChoices

from onestop.transitions import Refused, Table, allowed, step
from tests.house.sources import sources


def _tables() -> list[tuple[str, Table, type[TextChoices]]]:
    found = []
    for source in sources():
        if source.part != "states":
            continue
        module = import_module(source.module)
        for name, table in vars(module).items():
            if (name == "TRANSITIONS" or name.endswith("_TRANSITIONS")) and isinstance(table, dict):
                found.append((f"{source.module}.{name}", table, _states_of(module, name, table)))
    return found


def _states_of(module: ModuleType, name: str, table: Table) -> type[TextChoices]:
    """The enum that holds every state of the table; the smallest where several do."""
    used = {state for before, after in table.values() for state in (*before, after)}
    enums = [value for value in vars(module).values()
             if isinstance(value, type) and issubclass(value, TextChoices) and value.choices and used <= set(value.values)]
    assert enums, f"{name}: no enum of {module.__name__} holds all of {sorted(used)}"
    return min(enums, key=lambda enum: len(enum.values))


TABLES = _tables()
MATRIX = [pytest.param(table, verb, state, id=f"{name}-{verb}-{state}")
          for name, table, enum in TABLES for verb in table for state in enum.values]


def test_there_are_tables():
    assert {name.rpartition(".")[0] for name, _, _ in TABLES} >= {"bookings.states", "dossiers.states", "postal.states"}


@pytest.mark.parametrize(("table", "verb", "state"), MATRIX)
def test_a_verb_works_from_its_states_and_is_refused_from_all_others(table, verb, state):
    before, after = table[verb]
    if state in before:
        done = step(table, verb, state, sentence="không được")
        assert (done.verb, done.before, done.after) == (verb, state, after)
        assert verb in allowed(table, state)
    else:
        with pytest.raises(Refused) as refusal:
            step(table, verb, state, sentence="không được")
        assert (refusal.value.code, refusal.value.status, str(refusal.value)) == ("wrong_state", 409, "không được")
        assert verb not in allowed(table, state)


@pytest.mark.parametrize(("name", "table", "enum"), TABLES, ids=[name for name, _, _ in TABLES])
def test_no_state_is_an_island(name, table, enum):
    touched = {state for before, after in table.values() for state in (*before, after)}
    assert touched == set(enum.values), f"{name}: no verb leads to or from {sorted(set(enum.values) - touched)}"
