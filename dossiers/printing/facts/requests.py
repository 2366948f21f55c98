"""The forms that ask or refuse: completeness request, refusal, notice of stopping."""
from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from dossiers.printing.facts.common import hour_and_day, money, why
from dossiers.states import Money, PaperProblem, PaymentState, RulePack, Stage
from onestop.catalogue.states import Channel
from onestop.people import shown

if TYPE_CHECKING:
    from dossiers.models import Dossier, Supplement

def supplement(asked: Supplement) -> dict[str, Any]:
    """What only the completeness request has: each paper and what is the matter with it, the rule, the limit, who helps."""
    dossier, office = asked.dossier, asked.dossier.received_office
    helps = (asked.asked_by.full_name, office.name, office.hotline, office.email)
    running = f"Tạm dừng tính từ {shown.day(asked.asked_at)}; tính tiếp từ khi nhận đủ giấy tờ bổ sung."
    waiting = "Chưa bắt đầu tính; được tính từ khi cơ quan tiếp nhận hồ sơ đầy đủ."
    problems = [*asked.problems, *[""] * len(asked.items)]
    return {
        "items": [item(str(text), problem) for text, problem in zip(asked.items, problems, strict=False)], "reason": asked.reason,
        "legal_basis": asked.legal_basis, "stage": str(asked.get_stage_display()), "answer_by": shown.day(asked.answer_by),
        "clock": waiting if asked.stage == Stage.INTAKE else running, "help": ", ".join(part for part in helps if part),
        "how": f"Gửi trên trang tra cứu hồ sơ, gửi qua bưu chính, hoặc nộp tại {office.name}, {office.address}.", "why": why(dossier),
    }


def item(text: str, problem: str) -> dict[str, str]:
    """One line of a guidance: the paper, and whether it is missing, wrong or outdated."""
    return {"text": text, "problem": str(PaperProblem(problem).label) if problem in PaperProblem.values else ""}


def refusal(dossier: Dossier, *, reason: str, legal_basis: str, competent: str = "") -> dict[str, Any]:
    """What only the refusal has: the reason, the rule it rests on, and who is competent if it is somebody else."""
    office = dossier.received_office
    where = ", ".join(part for part in (office.name, office.address, office.hotline) if part)
    what = "được giải quyết" if dossier.rule_pack == RulePack.VN_2018 else "được tiếp nhận, giải quyết"
    return {
        "reason": reason, "legal_basis": legal_basis, "competent": competent, "where_to_ask": where,
        "said": f"{office.name} thông báo hồ sơ của Ông/Bà không {what}",
        "papers_back": "" if dossier.channel == Channel.ONLINE else "Giấy tờ Ông/Bà đã nộp được trả lại cùng phiếu này.",
    }


def stop(dossier: Dossier, *, reason: str, legal_basis: str, stage: str, stopped_at: datetime, by_citizen: bool = False) -> dict[str, Any]:
    """What only the notice of stopping has: on whose wish, in which stage, and what happens with money that was paid."""
    paid = sum(dossier.payments.filter(state=PaymentState.PAID).values_list("amount", flat=True))
    back = sum(dossier.payments.filter(state=PaymentState.REFUNDED).values_list("amount", flat=True))
    return {
        "reason": reason, "legal_basis": legal_basis, "stage": stage, "stopped": hour_and_day(stopped_at),
        "ground": "Theo đề nghị của người nộp hồ sơ" if by_citizen else "Theo quyết định của cơ quan giải quyết",
        "paid": money(paid) if paid else "Chưa nộp khoản tiền nào", "money_note": money_note(dossier, paid, back),
        "next": "Khi không còn lý do dừng, cơ quan tiếp tục giải quyết với phần thời gian còn lại và báo ngày hẹn mới.",
        "recipients": ["Như trên", "Bộ phận Một cửa", "Lưu hồ sơ"],
    }


def money_note(dossier: Dossier, paid: int, back: int) -> str:
    """What happens with the money (rules.md 7, form 05 of 2025)."""
    if back or dossier.money == Money.REFUNDED:
        return f"Đã hoàn trả {money(back)} cho người nộp." if back else "Đã hoàn trả cho người nộp."
    if not paid:
        return "Không có khoản tiền phải hoàn trả."
    return ("Phí, lệ phí đã nộp được xem xét hoàn trả theo quy định nếu hồ sơ không được giải quyết tiếp; cơ quan sẽ báo riêng. Nếu hồ sơ "
            "được giải quyết tiếp, Ông/Bà không phải nộp lại.")
