"""PURE: the electronic form of a procedure: what it asks, whether a schema is one, what citizens answered, how it is shown.

`clean` and `fields_for` know today's date from the clock, for limits that move with it; nothing here knows the database.
"""
from onestop.catalogue.eforms.answers import Cleaned, clean
from onestop.catalogue.eforms.changes import Change, compare
from onestop.catalogue.eforms.checking import check
from onestop.catalogue.eforms.files import exported, imported, normal
from onestop.catalogue.eforms.sent import change_rows, values_of, with_files
from onestop.catalogue.eforms.shape import Problem, Schema, empty
from onestop.catalogue.eforms.telling import Line, Section, condition_text, problem_text, shown
from onestop.catalogue.eforms.widgets import SectionWidgets, Widget, error_rows, fields_for

__all__ = [
    "Change", "Cleaned", "Line", "Problem", "Schema", "Section", "SectionWidgets", "Widget", "change_rows", "check", "clean", "compare",
    "condition_text", "empty", "error_rows", "exported", "fields_for", "imported", "normal", "problem_text", "shown", "values_of",
    "with_files"]
