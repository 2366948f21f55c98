"""Who hands a dossier in, and how the result is to come back: cleaned, and refused field by field."""
from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from dossiers.states import Acting, ReturnMethod
from onestop.offices.models import Area
from onestop.people.words import clean, fold, phone_number
from onestop.transitions import Refused

IDENTITY = re.compile(r"\d{9}(\d{3})?")
REGISTRATION = re.compile(r"[0-9A-Z][0-9A-Z.\-/]{3,19}")  # tax or registration number of an organisation
NULL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # an escaped null character, not a text about one
LONGEST_NOTE = 5000
LONGEST_ANSWERS = 20_000  # characters of JSON
ADDRESS = 255


@dataclass(frozen=True)
class Applicant:
    """The person or organisation a dossier belongs to, as they wrote it."""

    full_name: str
    phone: str
    citizen_id: str = ""
    email: str = ""
    address: str = ""
    language: str = "vi"
    # Who hands in, where that is somebody else; what entitles them; the organisation it is for.
    acting: str = Acting.SELF.value
    filer_name: str = ""
    filer_phone: str = ""
    filer_id: str = ""
    mandate: str = ""
    organisation: str = ""
    organisation_code: str = ""


@dataclass(frozen=True)
class Request:
    """What is asked for and how the result is to come back."""

    answers: dict[str, Any] = field(default_factory=dict)
    note: str = ""
    return_method: str = ReturnMethod.COUNTER.value
    return_address: str = ""
    return_area: Area | None = None
    # The post fetches the papers at the citizen's (letter Khánh Hòa 3).
    collect_by_post: bool = False
    collect_address: str = ""
    collect_area: Area | None = None


def long_text(text: str) -> str:
    """NFC without control characters; line breaks stay."""
    return "\n".join(clean(line) for line in str(text).splitlines()).strip()


def fields_of(applicant: Applicant, request: Request) -> dict[str, Any]:
    """The cleaned fields of a Dossier. Raises Refused('invalid', fields={field: [sentence]}) naming every field at fault."""
    wrong: dict[str, list[Any]] = {}
    values = {
        "full_name": clean(applicant.full_name), "phone": phone_number(applicant.phone), "email": clean(applicant.email),
        "citizen_id": re.sub(r"\s", "", clean(applicant.citizen_id)), "address": clean(applicant.address),
        "language": applicant.language if applicant.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE,
        "answers": request.answers, "note": long_text(request.note), "return_method": request.return_method,
        "return_address": clean(request.return_address), "return_area": request.return_area, **acting_fields(applicant),
        **collection_fields(request),
    }
    _check_person(values, wrong)
    _check_acting(values, wrong)
    _check_request(values, wrong)
    if wrong:
        raise Refused("invalid", _("Có nội dung chưa hợp lệ, vui lòng xem từng mục."), fields=wrong)
    return {**values, "search_name": fold(f"{values['full_name']} {values['organisation']}")[:120]}


def collection_fields(request: Request) -> dict[str, Any]:
    """The cleaned wish that the post fetch the papers; without it there is no address for it."""
    if not request.collect_by_post:
        return {"collect_by_post": False, "collect_address": "", "collect_area": None}
    return {"collect_by_post": True, "collect_address": clean(request.collect_address), "collect_area": request.collect_area}


def storable(answers: Any) -> bool:
    """Whether a row can hold these answers: JSON of plain characters and finite numbers, and not too much of it."""
    try:
        text = json.dumps(answers, default=str, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (ValueError, RecursionError):
        return False
    return len(text) <= LONGEST_ANSWERS and not NULL.search(text)


def acting_fields(applicant: Applicant) -> dict[str, Any]:
    """The cleaned fields on who hands in for whom; what does not belong to the chosen case is dropped."""
    acting = applicant.acting or Acting.SELF.value
    by_other = acting != Acting.SELF
    filer = {"filer_name": clean(applicant.filer_name), "filer_phone": phone_number(applicant.filer_phone) or clean(applicant.filer_phone),
             "filer_id": re.sub(r"\s", "", clean(applicant.filer_id)), "mandate": clean(applicant.mandate)}
    legal = {"organisation": clean(applicant.organisation), "organisation_code": clean(applicant.organisation_code).upper()}
    return {"acting": acting, **(filer if by_other else dict.fromkeys(filer, "")),
            **(legal if acting == Acting.ORGANISATION else dict.fromkeys(legal, ""))}


def _check_person(values: dict[str, Any], wrong: dict[str, list[Any]]) -> None:
    name = values["full_name"]
    if len(name) < 2 or not any(char.isalpha() for char in name):
        wrong["full_name"] = [_("Vui lòng ghi họ và tên.")]
    elif len(name) > 120:
        wrong["full_name"] = [_("Họ và tên dài tối đa 120 ký tự.")]
    if not values["phone"]:
        wrong["phone"] = [_("Vui lòng ghi số điện thoại Việt Nam, ví dụ 0912345678.")]
    if values["citizen_id"] and not IDENTITY.fullmatch(values["citizen_id"]):
        wrong["citizen_id"] = [_("Số định danh gồm 12 chữ số (hoặc 9 chữ số của chứng minh nhân dân cũ).")]
    if values["email"]:
        try:
            validate_email(values["email"])
        except ValidationError:
            wrong["email"] = [_("Địa chỉ thư điện tử chưa đúng.")]
    if len(values["address"]) > ADDRESS:
        wrong["address"] = [_("Địa chỉ dài tối đa 255 ký tự.")]


def _check_acting(values: dict[str, Any], wrong: dict[str, list[Any]]) -> None:
    """Somebody who hands in for a person names themself and what entitles them; for an organisation: its name."""
    if values["acting"] not in Acting.values:
        wrong["acting"] = [_("Vui lòng chọn nộp cho ai.")]
        return
    if values["acting"] == Acting.PERSON and len(values["filer_name"]) < 2:
        wrong["filer_name"] = [_("Vui lòng ghi họ và tên người nộp thay.")]
    if values["acting"] == Acting.ORGANISATION and len(values["organisation"]) < 2:
        wrong["organisation"] = [_("Vui lòng ghi tên tổ chức, doanh nghiệp.")]
    if values["filer_name"] and not values["mandate"]:
        wrong["mandate"] = [_("Vui lòng ghi căn cứ nộp thay, ví dụ: giấy ủy quyền, giấy giới thiệu, con đẻ.")]
    if values["filer_phone"] and not phone_number(values["filer_phone"]):
        wrong["filer_phone"] = [_("Vui lòng ghi số điện thoại Việt Nam, ví dụ 0912345678.")]
    if values["filer_id"] and not IDENTITY.fullmatch(values["filer_id"]):
        wrong["filer_id"] = [_("Số định danh gồm 12 chữ số (hoặc 9 chữ số của chứng minh nhân dân cũ).")]
    if values["organisation_code"] and not REGISTRATION.fullmatch(values["organisation_code"]):
        wrong["organisation_code"] = [_("Mã số thuế hoặc số đăng ký gồm 4 đến 20 chữ số, chữ cái.")]
    for name, most in (("filer_name", 120), ("mandate", ADDRESS), ("organisation", ADDRESS)):
        if len(values[name]) > most:
            wrong[name] = [_("Nội dung dài tối đa %(most)s ký tự.") % {"most": most}]


def _check_request(values: dict[str, Any], wrong: dict[str, list[Any]]) -> None:
    if values["return_method"] not in ReturnMethod.values:
        wrong["return_method"] = [_("Vui lòng chọn cách nhận kết quả.")]
    if len(values["return_address"]) > ADDRESS:
        wrong["return_address"] = [_("Địa chỉ dài tối đa 255 ký tự.")]
    elif values["return_method"] in (ReturnMethod.POST, ReturnMethod.HOME) and not values["return_address"]:
        wrong["return_address"] = [_("Vui lòng ghi địa chỉ nhận kết quả.")]
    if len(values["collect_address"]) > ADDRESS:
        wrong["collect_address"] = [_("Địa chỉ dài tối đa 255 ký tự.")]
    elif values["collect_by_post"] and not values["collect_address"]:
        wrong["collect_address"] = [_("Vui lòng ghi địa chỉ để bưu chính đến lấy giấy tờ.")]
    if len(values["note"]) > LONGEST_NOTE:
        wrong["note"] = [_("Nội dung dài tối đa 5000 ký tự.")]
    if not isinstance(values["answers"], dict) or not storable(values["answers"]):
        wrong["answers"] = [_("Nội dung khai quá dài hoặc không đúng dạng.")]
