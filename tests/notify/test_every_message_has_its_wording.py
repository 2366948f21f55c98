"""Every message has a name, an urgency, an example, and a variant that tells nothing of a sensitive procedure (rules.md 9)."""
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import override

from onestop.catalogue.models import Procedure
from onestop.notify import segments, texts, wording
from onestop.notify.states import Urgency

LANGUAGES = [code for code, _name in settings.LANGUAGES]
# Words of a file that are its own that a file makes for itself.
LOCAL = {"item", "forloop", "and", "or", "not"}
FOLDER = Path(settings.BASE_DIR) / "templates" / "messages"
EACH = [(row, language) for row in wording.TEMPLATES.values() for language in LANGUAGES]


def files() -> set[str]:
    return {path.stem for path in FOLDER.glob("*.txt")}


def said_by(key: str) -> set[str]:
    """The names that a file asks for, in its tags and between them."""
    text = (FOLDER / f"{key}.txt").read_text()
    asked = [word for test in re.findall(r"{%\s*(?:if|elif)\s+([^%]+)%}", text) for word in test.split()]
    lists = re.findall(r"{%\s*for \w+ in (\w+)", text)
    return {name for name in (*re.findall(r"{{\s*(\w+)", text), *asked, *lists) if name.isidentifier()} - LOCAL


def test_files_and_wordings_are_the_same() -> None:
    assert files() == set(wording.TEMPLATES)


def test_the_example_has_what_the_file_says() -> None:
    for key, row in wording.TEMPLATES.items():
        assert said_by(key) == set(row.uses), key
        assert set(row.needed) <= set(row.placeholders), key


@pytest.mark.django_db
def test_each_can_be_said() -> None:
    for row, language in EACH:
        subject, body = texts.example(row, language)
        assert subject and body, row.key
        assert "{{" not in subject + body
        assert 1 <= segments.count(body, plain=True).parts <= segments.count(body).parts
        assert segments.count(body, plain=True).encoding == "gsm", body


@pytest.mark.django_db
def test_none_names_a_sensitive_procedure_or_its_papers() -> None:
    for row, language in EACH:
        subject, body = texts.example(row, language, sensitive=True)
        with override(language):
            needed = {name: str(row.sample[name]) for name in row.needed}
        for secret in (wording.PROCEDURE, *wording.PAPERS):
            assert secret.casefold() not in (subject + body).casefold(), row.key
        for name, said in needed.items():
            assert name == "reason" or said in body + subject, (row.key, name)


@pytest.mark.django_db
def test_the_procedures_row_decides_whether_it_is_named() -> None:
    open_one = Procedure(name="Đăng ký mẫu", sensitive=False)
    private = Procedure(name="Đăng ký mẫu", sensitive=True)
    context = {**wording.TEMPLATES["appointment_booked"].sample, "address": "quầy ĐĂNG KÝ MẪU"}
    assert "Đăng ký mẫu" in texts.render(template="appointment_booked", context={**context, "procedure": open_one}, language="vi")[1]
    said = texts.render(template="appointment_booked", context={**context, "procedure": private}, language="vi")[1]
    assert "đăng ký mẫu" not in said.lower()
    assert "quầy thủ tục này" in said
    assert texts.is_private({"procedure": private})
    assert not texts.is_private({"procedure": open_one})


def test_urgencies() -> None:
    assert wording.urgency_of("phone_code") == Urgency.NOW
    assert wording.urgency_of("appointment_reminder") == Urgency.DAY
    assert wording.urgency_of("nothing of ours") == Urgency.DAY


@pytest.mark.django_db
def test_examples_tell_moments_in_the_language_of_the_message() -> None:
    for row, language in EACH:
        text = " ".join(texts.example(row, language))
        assert language == "vi" or not re.search(r"\d ngày \d", text), row.key
    row = wording.TEMPLATES["dossier_accepted"]
    with override("en"):  # whoever looks at them in English sees the Vietnamese message in Vietnamese
        assert "17:00 ngày 02/12/2026" in texts.example(row, "vi")[1]
    assert "17:00 on 02/12/2026" in texts.example(row, "en")[1]
    assert "17:00 on 26/11/2026" in texts.example(wording.TEMPLATES["officer_digest"], "en")[1]
