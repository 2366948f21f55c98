"""One announcement for each province of the demonstration: how to submit now, as the copies of the letters have it."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from onestop import clock
from onestop.directives.models import Announcement, Directive
from onestop.directives.services import announcements
from onestop.directives.services.announcements import Notice
from onestop.directives.states import Tone
from onestop.offices.models import Office


@dataclass(frozen=True)
class DemoNotice:
    """For the province of an office, resting on the demonstration copy of a letter."""

    office: str
    letter: str
    title: str
    short: str
    text: str
    title_en: str
    short_en: str
    tone: str = Tone.INFO


NOTICES = (
    DemoNotice("can-tho", "2468/VPUB-KSTT", "Ưu tiên nộp hồ sơ trực tuyến và qua bưu chính",
               "Xin nộp hồ sơ trực tuyến hoặc gửi qua bưu chính công ích; đến trực tiếp khi thật cần và có lịch hẹn.",
               "Mỗi thủ tục trên Cổng đều có hướng dẫn nộp trực tuyến, thanh toán trực tuyến và gửi qua bưu chính.\n\n"
               "Hồ sơ cần thẩm định, xác minh thực tế mà chưa làm được thì được gia hạn; "
               "bạn nhận tin nhắn kèm lý do và ngày trả kết quả mới.",
               "File online or by post first", "Please file online or by public post; come in person only with an appointment."),
    DemoNotice("ca-mau", "4708/UBND-CCHC", "Chỉ nhận hồ sơ trực tuyến, bưu chính hoặc theo lịch hẹn",
               "TTHC chỉ nhận trực tuyến hoặc qua bưu chính; đến trực tiếp phải đặt lịch qua tổng đài 08.27.27.1022.",
               "Thủ tục nộp được trực tuyến hoặc qua bưu chính thì không nhận tại quầy.\n\n"
               "Thủ tục khác: đặt lịch qua Tổng đài Hành chính công 08.27.27.1022 hoặc trên Cổng, đến đúng giờ và thực hiện 5K.",
               "Online, by post, or by appointment only", "Procedures are handled online or by post; book by calling 08.27.27.1022.",
               Tone.WARNING),
    DemoNotice("ha-noi", "332/UBND-VP", "Tiếp nhận hồ sơ theo đợt, mỗi đợt không quá 10 người",
               "Bộ phận Một cửa tiếp nhận theo đợt, không quá 10 người trong phòng; nên gửi hồ sơ và nhận kết quả qua bưu chính.",
               "Thủ tục nộp được trực tuyến thì không tiếp nhận tại quầy. Kết quả có thể được trả qua bưu chính hoặc cán bộ trao tại nhà.",
               "Served in small groups", "At most ten people in the room; sending by post is encouraged."),
    DemoNotice("phu-tho", "…/UBND-KSTT2", "Thủ tục cấp thiết luôn được giải quyết",
               "Nên nộp hồ sơ qua mạng hoặc đường bưu điện; thủ tục cấp thiết luôn được giải quyết.",
               "Bộ phận Một cửa giảm tiếp xúc trực tiếp nhưng bảo đảm giải quyết 100% thủ tục cấp thiết.",
               "Urgent procedures are always handled", "Please file online or by post; urgent procedures are always handled.",
               Tone.WARNING),
    DemoNotice("khanh-hoa", "2964/UBND-KSTT", "Bưu điện đến nhận hồ sơ trong 4 giờ",
               "Mọi thủ tục được nộp trực tuyến, qua bưu chính, thanh toán trực tuyến; bưu điện đến nhận hồ sơ trong 4 giờ.",
               "Trừ thủ tục buộc phải có mặt. Thủ tục cần xác minh thực địa tạm dừng tính thời gian theo văn bản.",
               "The post collects within four hours",
               "All procedures may be filed online or by post; the post collects within four hours."),
)


def load() -> int:
    """Those that are not there yet; how many were made."""
    offices = {office.code: office for office in Office.objects.select_related("province")}
    letters = {letter.number: letter for letter in Directive.objects.filter(demonstration=True)}
    return sum(_make(item, offices.get(item.office), letters.get(f"{item.letter} (minh họa)")) for item in NOTICES)


def _make(item: DemoNotice, office: Office | None, letter: Directive | None) -> int:
    if office is None or Announcement.objects.filter(province=office.province, title=item.title).exists():
        return 0
    first = clock.at(clock.today() - timedelta(days=7))
    notice = Notice(province=office.province, title=item.title, short=item.short, text=item.text, title_en=item.title_en,
                    short_en=item.short_en, tone=item.tone, directive=letter, starts_at=first, ends_at=first + timedelta(days=187))
    with transaction.atomic():
        announcements.publish(actor=None, announcement=announcements.announce(actor=None, notice=notice))
    return 1
