"""The five letters as data, with their true numbers, dates, offices and clauses, and a demonstration copy of each.

Where a letter names no end, it ends here on 30/6/2025 at the latest: the day the district offices it was addressed to
ceased to exist. The demonstration copies hold from a week ago for half a year, so that a newcomer sees the rules work.
"""
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db import transaction

from onestop import clock
from onestop.directives import demo_announcements, services
from onestop.directives.models import Directive
from onestop.directives.services import Letter, RuleText
from onestop.directives.states import RuleKind
from onestop.offices.models import Area, Office

DISTRICTS_END = date(2025, 6, 30)
DEMONSTRATION_STOP_DAYS = 21


@dataclass(frozen=True)
class DemoLetter:
    """A letter, its rules, the office whose area it holds in, and the office whose area its demonstration copy holds in.

    `wide`: the whole province of that office; else the office's own area.
    """

    letter: Letter
    rules: tuple[RuleText, ...]
    office: str
    demo_office: str
    wide: bool = True


CAN_THO = DemoLetter(
    Letter(number="2468/VPUB-KSTT", issuer="Văn phòng Ủy ban nhân dân thành phố Cần Thơ", issued_on=date(2021, 7, 13),
           title="Về việc giải quyết thủ tục hành chính trong thời gian thực hiện các biện pháp cấp bách phòng, chống dịch COVID-19",
           summary="Ưu tiên trực tuyến và bưu chính công ích, đặt lịch hẹn trước để giãn cách, gia hạn hồ sơ chưa thể xác minh thực tế.",
           starts_on=date(2021, 7, 13), ends_on=DISTRICTS_END),
    (
        RuleText(RuleKind.STEER_ONLINE, "điểm a khoản 1",
                 "Bạn nên nộp trực tuyến hoặc gửi qua bưu chính công ích; chỉ đến trực tiếp khi thật cần thiết. Nếu đến trực tiếp, "
                 "hãy đặt lịch hẹn trước (điểm b khoản 1).", {"appointments": "khuyến khích"}),
        RuleText(RuleKind.MAY_EXTEND, "điểm c khoản 1",
                 "Hồ sơ cần thẩm định, xác minh thực tế mà chưa thể thực hiện do giãn cách có thể được gia hạn; "
                 "bạn sẽ được giải thích lý do và báo ngày trả kết quả mới."),
    ), office="can-tho", demo_office="can-tho")

CA_MAU = DemoLetter(
    Letter(number="4708/UBND-CCHC", issuer="Ủy ban nhân dân tỉnh Cà Mau", issued_on=date(2021, 8, 22),
           title="Về việc thực hiện một số biện pháp phòng, chống dịch COVID-19 tại Bộ phận Một cửa các cấp",
           summary="Chỉ giải quyết qua trực tuyến hoặc bưu chính; chỉ nhận trực tiếp thủ tục không thể làm khác và phải có lịch hẹn.",
           starts_on=date(2021, 8, 22), ends_on=DISTRICTS_END),
    (
        RuleText(RuleKind.COUNTER_LAST, "phần mở đầu",
                 "Thủ tục nộp được trực tuyến hoặc qua bưu chính công ích thì không nhận trực tiếp tại quầy.", {"online_only": False}),
        RuleText(RuleKind.APPOINTMENT_ONLY, "khoản 1",
                 "Quầy chỉ phục vụ người có lịch hẹn. Bạn có thể đặt lịch tại đây hoặc gọi Tổng đài Hành chính công."),
        RuleText(RuleKind.BLOCKADE, "khoản 1", "Bộ phận Một cửa trong khu vực phong tỏa không tiếp nhận trực tiếp.",
                 {"areas": [], "offices": []}),
        RuleText(RuleKind.DECLARED_MAXIMUM, "khoản 1",
                 "Mỗi buổi, Bộ phận Một cửa chỉ nhận số hồ sơ tối đa đã thông báo với tổng đài."),
        RuleText(RuleKind.ROOM_CAP, "khoản 1", "Không tập trung quá 10 người tại Bộ phận Một cửa.", {"people": 10}),
        RuleText(RuleKind.HEALTH_CHECK, "khoản 2", "Trước khi vào, bạn thực hiện 5K theo hướng dẫn của nhân viên."),
        RuleText(RuleKind.OPEN_CHANNELS, "khoản 4",
                 "Mọi thủ tục được nộp trực tuyến, gửi qua bưu chính và thanh toán trực tuyến, trừ thủ tục bắt buộc phải đến trực tiếp."),
    ), office="ca-mau", demo_office="ca-mau")

# Known from the news report of the city's portal (7/4/2020); the clauses are the report's paragraphs.
THUONG_TIN = DemoLetter(
    Letter(number="332/UBND-VP", issuer="Ủy ban nhân dân huyện Thường Tín, thành phố Hà Nội", issued_on=date(2020, 4, 6),
           title="Về việc tập trung ứng dụng công nghệ thông tin trong giải quyết công việc, thủ tục hành chính "
                 "thời kỳ phòng, chống dịch COVID-19",
           summary="Thủ tục đã có trực tuyến thì không nhận tại quầy; tối đa 10 người trong Bộ phận Một cửa, kể cả cán bộ.",
           starts_on=date(2020, 4, 6), ends_on=DISTRICTS_END),
    (
        RuleText(RuleKind.COUNTER_LAST, "đoạn 3", "Thủ tục đã có dịch vụ công trực tuyến thì tiếp nhận trực tuyến, không nhận tại quầy.",
                 {"online_only": True}),
        RuleText(RuleKind.ROOM_CAP, "đoạn 4", "Trong Bộ phận Một cửa không quá 10 người, kể cả cán bộ làm việc tại đây.",
                 {"people": 10}),
        RuleText(RuleKind.WAITING_CAP, "đoạn 5", "Khu vực chờ không quá 10 người, mỗi người cách nhau ít nhất 2 m.",
                 {"people": 10, "distance_m": 2}),
        RuleText(RuleKind.RETURN_HOME, "đoạn 5",
                 "Kết quả được trả qua bưu điện hoặc cán bộ hỗ trợ trả tại nhà sau khi liên hệ xác định địa chỉ với bạn.",
                 {"results_since": "2020-04-01"}),
    ), office="huyen-thuong-tin", demo_office="thuong-tin", wide=False)

# The letter in hand leaves its number and day blank. It carries out Chỉ thị 16 of 31/3/2020, so no day before 1/4/2020
# is possible; that day stands in `issued_on`, and the pages show what the letter says: 'năm 2020'.
VINH_PHUC = DemoLetter(
    Letter(number="…/UBND-KSTT2", issuer="Ủy ban nhân dân tỉnh Vĩnh Phúc", issued_on=date(2020, 4, 1), issued_text="năm 2020",
           title="Về việc đảm bảo giải quyết thủ tục hành chính thời kỳ phòng, chống dịch COVID-19",
           summary="Duy trì hoạt động, giảm tiếp xúc trực tiếp, bảo đảm giải quyết 100% thủ tục cấp thiết.",
           starts_on=date(2020, 4, 1), ends_on=DISTRICTS_END),
    (
        RuleText(RuleKind.URGENT_SERVED, "khoản 2", "Thủ tục cấp thiết luôn được giải quyết, kể cả khi hạn chế tiếp nhận trực tiếp."),
        RuleText(RuleKind.STEER_ONLINE, "khoản 2", "Bạn nên thực hiện qua mạng hoặc gửi hồ sơ qua đường bưu điện để giảm tiếp xúc."),
    ), office="vinh-phuc", demo_office="phu-tho")

KHANH_HOA = DemoLetter(
    Letter(number="2964/UBND-KSTT", issuer="Ủy ban nhân dân tỉnh Khánh Hòa", issued_on=date(2020, 4, 1),
           title="Về việc thực hiện các biện pháp cấp bách phòng, chống dịch Covid-19 trong tiếp nhận, giải quyết thủ tục hành chính "
                 "tại Bộ phận Một cửa các cấp trên địa bàn tỉnh",
           summary="Mở nộp trực tuyến và bưu chính cho toàn bộ thủ tục, bưu chính nhận trong 4 giờ, tạm dừng tính thời gian "
                   "với thủ tục cần xác minh thực địa.",
           starts_on=date(2020, 4, 1), ends_on=DISTRICTS_END),
    (
        RuleText(RuleKind.OPEN_CHANNELS, "khoản 1",
                 "Mọi thủ tục được nộp trực tuyến, gửi qua bưu chính và thanh toán trực tuyến, trừ thủ tục buộc phải đến trực tiếp.",
                 starts_on=date(2020, 4, 1)),
        RuleText(RuleKind.POST_FREE, "khoản 2",
                 "Bưu điện tạm thời chưa thu cước trả kết quả với hồ sơ đã nộp mà trước đó chưa đăng ký nhận qua bưu chính.",
                 {"settle_before": "2020-04-20"}),
        RuleText(RuleKind.COLLECT_WITHIN, "khoản 3",
                 "Bưu điện đến nhận hồ sơ, kết quả trong vòng 4 giờ.", {"hours": 4}),
        RuleText(RuleKind.STOP_CLOCK, "khoản 4",
                 "Thủ tục cần kiểm tra, xác minh thực địa tạm thời dừng tính thời gian đến hết ngày 15/4/2020.",
                 {"until": "2020-04-15"}, ends_on=date(2020, 4, 15)),
    ), office="khanh-hoa", demo_office="khanh-hoa")

LETTERS = (CAN_THO, CA_MAU, THUONG_TIN, VINH_PHUC, KHANH_HOA)


def load(*, password: str, say: Callable[[str], None]) -> None:
    """Both sets of letters; those that are there already stay as they are."""
    offices = {office.code: office for office in Office.objects.select_related("area", "province")}
    made = sum(_make(item.letter, item.rules, _area(item, offices.get(item.office))) for item in LETTERS)
    for item in LETTERS:
        letter, rules = demonstration(item, clock.today())
        made += _make(letter, rules, _area(item, offices.get(item.demo_office)))
    say(f"Directives: {made} made, {Directive.objects.count()} in all; announcements: {demo_announcements.load()} made")


def demonstration(item: DemoLetter, today: date) -> tuple[Letter, tuple[RuleText, ...]]:
    """The same letter and rules, marked and in force now: from a week ago for 180 days; the clock stops for three weeks."""
    first = today - timedelta(days=7)
    letter = replace(item.letter, number=f"{item.letter.number} (minh họa)", issued_on=first, issued_text="", starts_on=first,
                     ends_on=today + timedelta(days=180), demonstration=True)
    return letter, tuple(_moved(rule, today) for rule in item.rules)


def _moved(rule: RuleText, today: date) -> RuleText:
    if rule.kind != RuleKind.STOP_CLOCK:
        params = {key: value for key, value in rule.params.items() if key not in ("settle_before", "results_since")}
        return replace(rule, params=params, starts_on=None, ends_on=None)
    until = today + timedelta(days=DEMONSTRATION_STOP_DAYS)
    return replace(rule, params={"until": until.isoformat()}, ends_on=until,
                   text=rule.text.replace("15/4/2020", f"{until.day}/{until.month}/{until.year}"))


def _area(item: DemoLetter, office: Office | None) -> Area | None:
    if office is None:
        return None
    return office.province if item.wide else office.area


def _make(letter: Letter, rules: tuple[RuleText, ...], area: Area | None) -> int:
    """One letter in force; 0 if it is there already or its place is not."""
    if area is None or Directive.objects.filter(number=letter.number).exists():
        return 0
    with transaction.atomic():
        directive = services.draft(actor=None, letter=letter, areas=[area])
        for rule in rules:
            services.add_rule(actor=None, directive=directive, rule=rule)
        services.publish(actor=None, directive=directive)
    return 1
