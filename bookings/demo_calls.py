"""The demo's call list and its list of people to invite: one case handed to an office, one draft that takes no places yet."""
from datetime import timedelta

from bookings.models import CallTask, Outreach
from bookings.services import calls, outreach
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.offices.models import Office
from onestop.people.models import User

CASE = ("tongdai", "ninh-kieu", "Người gọi mẫu", "0900007790", "Hỏi về hồ sơ nộp tháng trước, nhờ đơn vị gọi lại.")
LIST = ("motcua-an-xuyen", "an-xuyen", "2.000884", "Trợ cấp thất nghiệp (mẫu)")
PEOPLE = 4


def load() -> int:
    """How many people are on the two lists; a second run adds nothing."""
    return _case() + _list()


def _case() -> int:
    username, code, name, phone, note = CASE
    operator, office = User.objects.filter(username=username).first(), Office.objects.filter(code=code).first()
    if operator is None or office is None or CallTask.objects.filter(phone=phone).exists():
        return 0
    calls.hand_over(actor=operator, office=office, full_name=name, phone=phone, note=note)
    return 1


def _list() -> int:
    username, code, procedure_code, name = LIST
    desk, office = User.objects.filter(username=username).first(), Office.objects.filter(code=code).first()
    procedure = Procedure.objects.filter(code=procedure_code).first()
    if desk is None or office is None or procedure is None or Outreach.objects.filter(office=office, name=name).exists():
        return 0
    tomorrow = clock.today() + timedelta(days=1)
    people = [outreach.Invitee(row=number + 2, full_name=f"Người được mời mẫu {'ABCD'[number]}", phone=f"09000078{number:02d}")
              for number in range(PEOPLE)]
    plan = outreach.Plan(name=name, procedure=procedure, first_day=tomorrow, last_day=tomorrow + timedelta(days=6))
    return outreach.make_list(actor=desk, office=office, plan=plan, invitees=people).people.count()
