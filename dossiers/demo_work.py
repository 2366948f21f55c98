"""Demonstration of casework: a question to another unit, a talk with a citizen, a dossier to sign, a filter, a verb done for many."""
from __future__ import annotations

from dossiers.models import BulkRun, Dossier
from dossiers.services import assigning, bulk, letters, opinions, saved_filters
from dossiers.states import BulkVerb, State, StepName
from onestop import clock
from onestop.offices.models import Office
from onestop.people.models import User
from onestop.people.states import Role

VIA = "demo"
ASKED = "cai-rang"  # somebody of this office can sign in


def load(office: Office) -> int:
    """What is missing at one office; how many things were made. Done again it makes nothing."""
    specialist, leader = officer(office, Role.SPECIALIST), officer(office, Role.LEADER)
    ours = Dossier.objects.filter(competent_office=office, state=State.PROCESSING, full_name__startswith="Người nộp mẫu")
    held = list(ours.order_by("pk")[:4])
    if specialist is None or len(held) < 3 or BulkRun.objects.filter(started_by=specialist).exists():
        return 0
    others = Office.objects.active_on(clock.today()).filter(province=office.province).exclude(pk=office.pk).order_by("pk")
    elsewhere = others.filter(code=ASKED).first() or others.first()
    if elsewhere is not None:
        opinions.ask(actor=specialist, dossier=held[0], office=elsewhere, via=VIA,
                     question="Đề nghị cho biết tình trạng cư trú của người nộp (minh họa).")
    letters.write(actor=specialist, dossier=held[1], text="Bạn vui lòng cho biết số điện thoại liên hệ buổi chiều (minh họa).", via=VIA)
    letters.write(actor=None, dossier=held[1], text="Tôi nghe máy sau 16 giờ (minh họa).", via=VIA)
    if leader is not None:
        assigning.pass_on(actor=specialist, dossier=held[2], officer=leader, step=StepName.SIGN, via=VIA,
                          note="Trình ký kết quả (minh họa)")
    saved_filters.keep(actor=specialist, name="Nộp trực tuyến, chưa xong", query="muc=all&kenh=online")
    run = bulk.start(actor=specialist, verb=BulkVerb.NOTE, dossiers=held, params={"note": "Đã rà soát trong tuần (minh họa)"})
    bulk.carry_out(run.pk)
    return 1


def officer(office: Office, role: str) -> User | None:
    """Somebody who holds a role here today, who can sign in if possible."""
    people = [item.user for item in office.assignments.in_force(clock.today()).filter(role=role).select_related("user")]
    return next((user for user in people if user.has_usable_password()), people[0] if people else None)
