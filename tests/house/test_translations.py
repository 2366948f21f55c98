"""Every text of the sources has its English, with the same placeholders; and the tools that see to it work."""
import pytest
from babel.messages.catalog import Catalog

from deploy import translations
from deploy.translations import Found, Text


@pytest.fixture(scope="module")
def found() -> Found:
    return translations.extract()


def test_the_english_catalogue_is_complete(found):
    wrong = translations.faults(found, translations.catalogue())
    assert not wrong, f"{len(wrong)} faults:\n" + "\n".join(wrong[:40])


def test_python_texts_are_found(tmp_path, monkeypatch):
    monkeypatch.setattr(translations, "ROOT", tmp_path)
    source = tmp_path / "bookings" / "views.py"
    source.parent.mkdir()
    source.write_text(
        "from django.utils.translation import gettext_lazy as _, ngettext as n, pgettext as p\n"
        "a = _('Đặt ' 'lịch')\n"
        "b = n('%(n)s người', '%(n)s người đang chờ', 3)\n"
        "c = p('tháng', 'Năm')\n"
        "d = _(f'Chào {a}')\n"
        "for _x in (): pass\n"
    )
    (tmp_path / "templates").mkdir()
    found = translations.extract()
    assert set(found.texts) == {"Đặt lịch", "%(n)s người", "tháng\x04Năm"}
    assert found.texts["%(n)s người"].plural == "%(n)s người đang chờ"
    assert found.faults == ["bookings/views.py:5: the text must be written out, not computed"]


def test_template_texts_are_found_as_django_looks_them_up(tmp_path, monkeypatch):
    monkeypatch.setattr(translations, "ROOT", tmp_path)
    page = tmp_path / "templates" / "page.html"
    page.parent.mkdir()
    page.write_text(
        '{% translate "Giảm 10%" %}{% translate \'Mở\' context "động từ" as open %}'
        "{% blocktranslate trimmed count n=n %}\n  Còn {{ n }} chỗ\n  trống\n{% plural %}\n  Còn {{ n }} chỗ\n{% endblocktranslate %}"
        '{% blocktranslate with name=user.name %}Chào {{ name }}, 100%{% endblocktranslate %}'
        '{% include "x.html" with title=_("Tiêu đề") %}'
    )
    found = translations.extract()
    assert set(found.texts) == {"Giảm 10%%", "động từ\x04Mở", "Còn %(n)s chỗ trống", "Chào %(name)s, 100%%", "Tiêu đề"}
    assert found.texts["Còn %(n)s chỗ trống"].plural == "Còn %(n)s chỗ"


def test_what_is_missing_can_be_filled_in_and_comes_back_whole(tmp_path):
    found = Found({"Mở": Text("Mở", places=["a.py:1"]), "%(n)s người": Text("%(n)s người", "%(n)s người", places=["a.py:2"])})
    known = Catalog(locale="en", fuzzy=False)
    assert translations.missing(found, known) == {"Mở": "", "%(n)s người": ["", ""]}
    unknown = translations.update(found, known, {"Mở": "Open", "%(n)s người": ["%(n)s person", "%(n)s people"], "Xưa": "Old"})
    assert unknown == ["Xưa"]
    target = tmp_path / "en" / "LC_MESSAGES" / "django.po"
    translations.save(known, target)
    assert translations.faults(found, translations.catalogue(target)) == []


def test_wrong_placeholders_and_unused_texts_are_faults():
    found = Found({"Chào %(name)s": Text("Chào %(name)s", places=["a.py:1"])})
    known = Catalog(locale="en", fuzzy=False)
    known.add("Chào %(name)s", "Hello %(nam)s")
    known.add("Tạm biệt", "Goodbye")
    assert translations.faults(found, known) == ["catalogue: placeholders differ in 'Chào %(name)s'",
                                                 "catalogue: nothing uses 'Tạm biệt'"]
