"""{% kept %}: rendered once for the same name, language and values; never for a value of None."""
import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.utils.translation import override

from onestop.people import kept


@pytest.fixture(autouse=True)
def nothing_kept():
    kept.forget()
    yield
    kept.forget()


def render(value, asked):
    return Template("{% kept 'a-part' value %}{{ asked }}{% endkept %}").render(Context({"value": value, "asked": asked}))


def test_the_same_values_are_rendered_once():
    with override("vi"):
        assert render("x", "<1>") == render("x", "<2>") == "&lt;1&gt;"
        assert render("y", "<3>") == "&lt;3&gt;"
    with override("en"):
        assert render("x", "<4>") == "&lt;4&gt;"


@pytest.mark.parametrize("value", [None, "x" * 1000])
def test_nothing_is_kept_for_none_or_for_an_endless_address(value):
    assert (render(value, "1"), render(value, "2")) == ("1", "2")


def test_it_does_not_grow_without_end(monkeypatch):
    monkeypatch.setattr(kept, "MOST", 3)
    for number in range(10):
        render(number, "1")
    assert len(kept._texts) <= 3


def test_a_part_needs_a_name():
    with pytest.raises(TemplateSyntaxError):
        Template("{% kept %}{% endkept %}")
