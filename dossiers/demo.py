"""Demonstration dossiers in many states, made through the services at moments of the last working days."""
from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import segno
from django.core.files.uploadedfile import SimpleUploadedFile

from dossiers import demo_bridge, demo_clock, demo_intake, demo_money, demo_results, demo_work
from dossiers.models import Dossier, Extension
from dossiers.services import extensions, files, intake, processing, suspensions
from dossiers.states import Instrument
from onestop import clock, worktime
from onestop.catalogue.models import Procedure
from onestop.catalogue.states import Channel
from onestop.directives.models import Directive
from onestop.offices import calendars
from onestop.offices.models import Office
from onestop.people.models import User
from onestop.people.states import Role
from onestop.transitions import Refused

VIA = "demo"
ADDRESS = "Số 9, đường Mẫu, phường Ninh Kiều (địa chỉ minh họa)"
LETTER = "2468/VPUB-KSTT (minh họa)"
CLAUSE = "điểm c khoản 1"
REASON = "Cần xác minh thực địa nhưng khu vực đang hạn chế đi lại."
TOLD = "Do hạn chế đi lại, cán bộ chưa thể đến xác minh thực tế. Mong Ông/Bà thông cảm."


@dataclass(frozen=True)
class Case:
    """One dossier: what it is, how and how many working days ago it came, and what happened since: (verb, working days ago)."""

    number: int
    procedure: str
    channel: str
    ago: int
    steps: tuple[tuple[str, int], ...] = ()
    method: str = "counter"


ONLINE, POST, COUNTER = Channel.ONLINE.value, Channel.POSTAL.value, Channel.IN_PERSON.value
CASES: dict[str, tuple[Case, ...]] = {
    "ninh-kieu": (
        Case(1, "1.001193", ONLINE, 0), Case(2, "1.004884", ONLINE, 0, method="post"), Case(3, "1.004194", ONLINE, 1),
        Case(4, "1.010038", ONLINE, 3),  # nobody has looked at it: the limit for acceptance has passed
        Case(5, "1.004222", ONLINE, 2, (("accept", 1),)),
        Case(6, "1.004772", COUNTER, 2),
        Case(7, "1.001022", COUNTER, 2, (("start", 1),)),
        Case(8, "1.004837", COUNTER, 6, (("start", 5),)),  # overdue
        Case(9, "1.005461", POST, 4, (("accept", 4), ("start", 3)), "post"),
        Case(10, "1.013227", POST, 1, (("accept", 1),), "post"),
        Case(11, "1.012753", ONLINE, 6, (("accept", 5), ("start", 4))),
        Case(12, "1.012817", ONLINE, 9, (("accept", 8), ("start", 7), ("request_supplement", 4))),
        Case(13, "1.013979", ONLINE, 6, (("accept", 6), ("start", 5), ("request_payment", 2))),
        Case(14, "1.004884", ONLINE, 6, (("accept", 6), ("start", 5), ("decide", 1)), "post"),
        Case(15, "1.004873", COUNTER, 4, (("start", 4), ("decide", 1))),
        Case(16, "1.005461", POST, 7, (("accept", 7), ("start", 6), ("decide", 2)), "post"),
        Case(17, "1.001193", COUNTER, 5, (("start", 5), ("decide", 5), ("hand_over", 4))),
        Case(18, "2.000635", ONLINE, 3, (("accept", 3), ("decide", 3)), "electronic"),
        Case(19, "1.010041", ONLINE, 4, (("refuse", 3),)),
        Case(20, "1.002755", ONLINE, 5, (("accept", 5), ("withdraw", 4))),
        Case(21, "1.012796", COUNTER, 5, (("start", 4),)),  # more time is asked for
        Case(22, "1.012753", COUNTER, 8, (("start", 7),)), Case(23, "1.012817", COUNTER, 7, (("start", 6),)),
        Case(24, "1.013979", COUNTER, 6, (("start", 5),)),  # 22-24: asked for together
        Case(25, "1.004222", COUNTER, 12, (("start", 11), ("request_supplement", 9), ("resume", 5))),
        Case(26, "1.004845", COUNTER, 8, (("start", 7), ("decide", 3), ("hand_over", 2))),  # came late
        Case(27, "1.001193", COUNTER, 4, (("start", 4), ("decide", 2)), "home"),
        Case(28, "1.004884", ONLINE, 5, (("accept", 4), ("decide", 2)), "home"),
        Case(29, "1.004873", COUNTER, 3, (("start", 3), ("decide", 1)), "home"),  # 27-29: officers bring them home
    ),
    "cai-rang": (Case(31, "1.004873", COUNTER, 1), Case(32, "1.004222", ONLINE, 2, (("accept", 1), ("start", 1)))),
    "an-xuyen": (Case(41, "1.001193", ONLINE, 0), Case(42, "1.012796", ONLINE, 3, (("accept", 2),))),
    "nha-trang": (
        Case(51, "1.012796", ONLINE, 5, (("accept", 4),)), Case(52, "1.012753", ONLINE, 3, (("accept", 2),)),
        *(Case(number, "1.004873", COUNTER, 4, (("start", 4), ("decide", 2))) for number in range(53, 59)),  # nobody fetches them
    ),
}
ASKED_ALONE, ASKED_TOGETHER = (21,), (22, 23, 24, 25)


class Maker:
    """Makes the dossiers of one office with that office's people."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.desk = self.officer(Role.DESK) or self.officer(Role.SPECIALIST)
        self.specialist = self.officer(Role.SPECIALIST) or self.desk
        self.today = clock.today()
        self.cal = calendars.work_calendar(self.today - timedelta(days=60), self.today + timedelta(days=60))

    def officer(self, role: str) -> User | None:
        """Somebody who holds a role here today, who can sign in if possible."""
        held = self.office.assignments.in_force(clock.today()).filter(role=role).select_related("user")
        people = [item.user for item in held]
        return next((user for user in people if user.has_usable_password()), people[0] if people else None)

    def day(self, ago: int) -> date:
        """The working day `ago` working days before today, or before the last working day."""
        day = self.today
        while not worktime.is_working_day(self.cal, day):
            day -= timedelta(days=1)
        while ago:
            day -= timedelta(days=1)
            ago -= worktime.is_working_day(self.cal, day)
        return day

    def moment(self, ago: int, hour: int) -> datetime:
        """An hour of that day, never in the future."""
        return min(clock.at(self.day(ago), hour, 10), clock.now() - timedelta(minutes=20))

    def make(self, case: Case) -> bool:
        """One dossier with all that happened to it; whether it was missing."""
        name = f"Người nộp mẫu {case.number:02d}"
        procedure = Procedure.objects.usable().filter(code=case.procedure).first()
        if procedure is None or self.desk is None or Dossier.objects.filter(full_name=name, received_office=self.office).exists():
            return False
        with clock.frozen(self.moment(case.ago, 8)):
            dossier = self.receive(case, procedure, name)
        for index, (verb, ago) in enumerate(case.steps):
            with clock.frozen(self.moment(ago, 9 + index)):
                self.act(verb, dossier)
        return True

    def receive(self, case: Case, procedure: Procedure, name: str) -> Dossier:
        """The dossier as it came."""
        applicant = intake.Applicant(name, f"09000000{case.number:02d}", address=ADDRESS)
        address = ADDRESS if case.method in ("post", "home") else ""
        papers = [intake.PaperCount(position, originals=1) for position in
                  procedure.current.papers.values_list("position", flat=True)[:3]] if procedure.current else []
        if case.channel == Channel.IN_PERSON:
            made = intake.receive_in_person(actor=self.desk, office=self.office, procedure=procedure, applicant=applicant, papers=papers,
                                            return_method=case.method, return_address=address, appointment_held=True, via=VIA)
            return made.dossier
        request = intake.Request(return_method=case.method, return_address=address, note="Hồ sơ minh họa")
        if case.channel == Channel.POSTAL:
            return intake.register_postal(actor=self.desk, office=self.office, procedure=procedure, applicant=applicant, request=request,
                                          papers=papers, via=VIA).dossier
        uploads = [intake.Attached(files.store_upload(sample_file(name)).token, paper.position) for paper in papers[:1]]
        return intake.submit_online(office=self.office, procedure=procedure, applicant=applicant, request=request, uploads=uploads,
                                    via=VIA).dossier

    def act(self, verb: str, dossier: Dossier) -> None:
        """One thing that happened to it."""
        if verb == "accept":
            intake.accept(actor=self.desk, dossier=dossier, via=VIA)
        elif verb == "refuse":
            intake.refuse(actor=self.desk, dossier=dossier, via=VIA, reason="Nội dung không thuộc thẩm quyền của phường (minh họa).")
        elif verb == "request_supplement":
            processing.request_supplement(actor=self.specialist, dossier=dossier, via=VIA, answer_by=clock.today() + timedelta(days=30),
                                          items=["Bản sao giấy tờ về nơi ở (minh họa)", "Chữ ký của chủ hộ trên tờ khai (minh họa)"])
        elif verb in ("hand_over", "withdraw", "resume"):
            getattr(processing, verb)(actor=self.desk, dossier=dossier, via=VIA)
        else:
            note = "Kết quả minh họa" if verb == "decide" else ""
            getattr(processing, verb)(actor=self.specialist, dossier=dossier, via=VIA, note=note)

    def ask(self, actor: User | None, numbers: tuple[int, ...], days: int) -> int:
        """A request for more time that waits for the administrator; 0 if it is there already or has no ground."""
        letter = Directive.objects.filter(number=LETTER).first()
        names = [f"Người nộp mẫu {number:02d}" for number in numbers]
        wanted = list(Dossier.objects.filter(full_name__in=names, received_office=self.office))
        if actor is None or letter is None or not wanted or Extension.objects.filter(items__dossier__in=wanted).exists():
            return 0
        until = worktime.add_working_days(self.cal, clock.today(), days)
        try:
            extensions.request_extension(actor=actor, office=self.office, dossiers=wanted, until=until, directive=letter, clause=CLAUSE,
                                         instrument=Instrument.DIRECTED_EXTENSION, reason=REASON, citizen_text=TOLD, via=VIA)
        except Refused:
            return 0  # replayed on a day on which the letter is not in force
        return 1


def sample_file(name: str) -> SimpleUploadedFile:
    """A picture that says it is a sample; each person's own, as the same file twice makes a dossier look handed in twice."""
    kept = io.BytesIO()
    segno.make(f"{name}: giấy tờ mẫu, không có giá trị").save(kept, kind="png", scale=8)
    return SimpleUploadedFile("giay-to-mau.png", kept.getvalue(), content_type="image/png")


def load(*, password: str, say: Callable[[str], None]) -> None:
    """Make what is missing at the offices that exist today; two requests for more time wait for the administrator."""
    made = asked = 0
    for office in Office.objects.active_on(clock.today()).filter(code__in=CASES).select_related("province", "area"):
        maker = Maker(office)
        made += sum(maker.make(case) for case in CASES[office.code])
        if office.code == "ninh-kieu":
            with clock.frozen(maker.moment(0, 10)):
                asked += maker.ask(maker.specialist, ASKED_ALONE, 14) + maker.ask(maker.officer(Role.LEADER), ASKED_TOGETHER, 25)
            demo_clock.load(office, maker.specialist, maker.moment(0, 10))
            with clock.frozen(maker.moment(0, 11)):
                demo_intake.load(office, maker.desk)
                demo_work.load(office)
                demo_bridge.load(office, maker.desk)
                demo_money.load(office, maker.desk)
                demo_results.load(office, maker.desk, maker.specialist)
    suspended = suspensions.apply_letters()
    say(f"Hồ sơ minh họa: {made} hồ sơ mới, {asked} đề nghị gia hạn, {suspended} hồ sơ được tạm dừng tính thời gian theo văn bản.")
