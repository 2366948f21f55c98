"""Which pages the frames lead to: the citizen's, and the working pages by role. A page that isn't installed is left out."""
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from onestop.people.models import User
from onestop.people.states import Role

OFFICE_STAFF = (Role.DESK, Role.SPECIALIST, Role.LEADER)


@dataclass(frozen=True)
class Entry:
    """A working page: who sees it, and whether its address names the person's office."""

    group: Any
    label: Any
    url_name: str
    icon: str
    roles: tuple[str, ...]
    by_office: bool = False
    text: Any = ""


@dataclass(frozen=True)
class Link:
    """An entry whose address is known."""

    label: Any
    url: str
    icon: str
    current: bool
    text: Any = ""


RECEPTION, PLANNING, WORK = gettext_lazy("Tiếp đón"), gettext_lazy("Điều hành lịch hẹn"), pgettext_lazy("plural", "Hồ sơ")
POST, RUNNING = gettext_lazy("Bưu chính"), gettext_lazy("Quản trị")
ENTRIES = (
    Entry(RECEPTION, gettext_lazy("Tổng đài đặt lịch"), "bookings:hotline", "headset", (Role.HOTLINE,),
          text=gettext_lazy("Tìm thủ tục, đọc giấy tờ cần có, đặt lịch cho người gọi.")),
    Entry(RECEPTION, gettext_lazy("Gọi số"), "bookings:desk", "user", (Role.DESK, Role.LEADER),
          text=gettext_lazy("Mời người tiếp theo đến quầy, theo thứ tự đã công bố.")),
    Entry(RECEPTION, gettext_lazy("Cửa ra vào"), "bookings:door", "door", (Role.GUARD, Role.DESK, Role.LEADER), by_office=True,
          text=gettext_lazy("Kiểm tra mã hẹn, số người trong phòng.")),
    Entry(RECEPTION, gettext_lazy("Lịch hẹn trong ngày"), "bookings:day", "calendar", (Role.DESK, Role.LEADER, Role.GUARD, Role.HOTLINE),
          text=gettext_lazy("Ai đến, lúc nào, làm thủ tục gì.")),
    Entry(RECEPTION, gettext_lazy("Danh sách cần gọi"), "bookings:call_list", "phone", (Role.HOTLINE, *OFFICE_STAFF, Role.ADMINISTRATOR),
          text=gettext_lazy("Ai chưa trả lời, chưa nhận được tin; việc tổng đài chuyển đến.")),
    Entry(RECEPTION, gettext_lazy("Sổ cuộc gọi"), "bookings:calls", "list", (Role.HOTLINE, Role.ADMINISTRATOR, Role.MONITOR),
          text=gettext_lazy("Ai gọi, việc gì, kết quả ra sao.")),
    Entry(RECEPTION, gettext_lazy("Danh sách in"), "bookings:day_list", "print", (Role.DESK, Role.LEADER, Role.GUARD), by_office=True,
          text=gettext_lazy("Bản giấy dự phòng, đối chiếu khi mất kết nối.")),
    Entry(PLANNING, gettext_lazy("Dự báo đông người"), "bookings:surge", "chart", (Role.LEADER, Role.ADMINISTRATOR),
          text=gettext_lazy("Buổi nào sắp quá tải, thêm buổi, thêm quầy.")),
    Entry(PLANNING, gettext_lazy("Năng lực tiếp nhận"), "bookings:supply", "settings", (Role.LEADER, Role.ADMINISTRATOR), by_office=True,
          text=gettext_lazy("Số hồ sơ mỗi buổi, phân công trực, giờ làm việc, chỗ dành riêng.")),
    Entry(PLANNING, gettext_lazy("Đóng cửa, chuyển lịch"), "bookings:relocations", "undo",
          (Role.ADMINISTRATOR, Role.LEADER, Role.HOTLINE, Role.DESK),
          text=gettext_lazy("Đóng phòng, đơn vị, địa bàn; ai đã được chuyển và trả lời.")),
    Entry(PLANNING, gettext_lazy("Mời người dân đến"), "bookings:outreach", "mail", (Role.DESK, Role.LEADER),
          text=gettext_lazy("Tải danh sách, xếp giờ, gửi lời mời, theo dõi trả lời.")),
    Entry(PLANNING, gettext_lazy("Nhận thêm lịch hẹn"), "bookings:overbook", "plus", (Role.LEADER, Role.ADMINISTRATOR),
          text=gettext_lazy("Có lý do, không quá số người của phòng.")),
    Entry(PLANNING, gettext_lazy("Có hẹn mà không đến"), "bookings:no_shows", "clock", (Role.LEADER, Role.ADMINISTRATOR),
          text=gettext_lazy("Tỷ lệ theo thủ tục và kênh đặt lịch.")),
    Entry(WORK, gettext_lazy("Hồ sơ cần xử lý"), "dossiers:inbox", "inbox", OFFICE_STAFF, text=gettext_lazy("Xếp theo ngày đến hạn.")),
    Entry(WORK, gettext_lazy("Cho ý kiến"), "dossiers:opinions", "message", (Role.SPECIALIST, Role.LEADER),
          text=gettext_lazy("Đơn vị khác hỏi, kèm hạn trả lời.")),
    Entry(WORK, gettext_lazy("Phân công thay"), "dossiers:cover", "users", (Role.LEADER,),
          text=gettext_lazy("Ai nghỉ, hồ sơ của họ giao cho ai.")),
    Entry(WORK, gettext_lazy("Tiếp nhận tại quầy"), "dossiers:intake", "clipboard", (Role.DESK,),
          text=gettext_lazy("Lập hồ sơ khi người dân có mặt.")),
    Entry(WORK, gettext_lazy("Bưu phẩm đến"), "dossiers:parcels", "mail", (Role.DESK, Role.SPECIALIST, Role.LEADER),
          text=gettext_lazy("Đăng ký, khử khuẩn, đếm giấy tờ, lập hồ sơ.")),
    Entry(WORK, gettext_lazy("Chưa ai tiếp nhận"), "dossiers:unattended", "warning", (Role.LEADER, Role.ADMINISTRATOR),
          text=gettext_lazy("Hồ sơ trực tuyến đang chờ, ai đang trực.")),
    Entry(WORK, gettext_lazy("Trả kết quả tại nhà"), "dossiers:home_visits", "home", OFFICE_STAFF,
          text=gettext_lazy("Ai đi đâu, ngày nào; kết quả nào chưa giao việc.")),
    Entry(WORK, gettext_lazy("Gia hạn, tạm dừng"), "dossiers:extensions", "pause", (*OFFICE_STAFF, Role.ADMINISTRATOR),
          text=gettext_lazy("Đề nghị, phê duyệt và theo dõi.")),
    Entry(WORK, gettext_lazy("Sổ theo dõi hồ sơ"), "dossiers:register", "list", (*OFFICE_STAFF, Role.ADMINISTRATOR, Role.MONITOR),
          text=gettext_lazy("Theo đơn vị, khoảng thời gian; in sổ, tải bảng tính.")),
    Entry(WORK, gettext_lazy("Cổng DVC quốc gia"), "dossiers:bridge", "globe", (Role.DESK, Role.LEADER, Role.ADMINISTRATOR, Role.MONITOR),
          text=gettext_lazy("Nhập hồ sơ nộp ở Cổng quốc gia, gửi trạng thái, việc gửi lỗi.")),
    Entry(WORK, gettext_lazy("Bàn giao kết quả"), "dossiers:results_list", "clipboard", OFFICE_STAFF,
          text=gettext_lazy("Danh sách kết quả chuyển về Bộ phận Một cửa, hai bên ký.")),
    Entry(WORK, gettext_lazy("Xin lỗi, hẹn lại chờ ký"), "dossiers:to_sign", "edit", (Role.LEADER,),
          text=gettext_lazy("Thủ trưởng đơn vị ký trước khi gửi công dân.")),
    Entry(WORK, gettext_lazy("Đúng hạn, quá hạn"), "dossiers:counts", "chart", (Role.LEADER, Role.ADMINISTRATOR, Role.MONITOR),
          text=gettext_lazy("Trước, đúng, quá hạn theo đơn vị, kỳ và thủ tục.")),
    Entry(WORK, gettext_lazy("Đối soát thanh toán"), "dossiers:reconciliations", "money", (Role.ADMINISTRATOR,),
          text=gettext_lazy("So tệp của cổng thanh toán, sao kê ngân hàng với sổ của Cổng.")),
    Entry(WORK, gettext_lazy("Miễn, giảm phí"), "dossiers:grounds", "check-circle", (Role.ADMINISTRATOR,),
          text=gettext_lazy("Đối tượng, mức giảm, căn cứ.")),
    Entry(WORK, gettext_lazy("Tra cứu hồ sơ"), "dossiers:track", "search", (*OFFICE_STAFF, Role.HOTLINE, Role.ADMINISTRATOR),
          text=gettext_lazy("Theo mã hồ sơ và số điện thoại.")),
    Entry(POST, gettext_lazy("Cần đi lấy"), "postal:pickups", "truck", (Role.CARRIER,),
          text=gettext_lazy("Đơn vị và nhà công dân cần đến, hạn đến lấy; quét để nhận.")),
    Entry(POST, gettext_lazy("Bảng kê giao nhận"), "postal:handovers", "clipboard",
          (Role.CARRIER, Role.DESK, Role.LEADER, Role.ADMINISTRATOR, Role.MONITOR),
          text=gettext_lazy("Hai bên quét, đếm, khử khuẩn, ký; in và tải bảng kê.")),
    Entry(POST, pgettext_lazy("plural", "Bưu gửi"), "postal:shipments", "truck",
          (Role.DESK, Role.LEADER, Role.CARRIER, Role.ADMINISTRATOR, Role.MONITOR),
          text=gettext_lazy("Kết quả gửi trả và túi hồ sơ gửi đến.")),
    Entry(POST, gettext_lazy("Gửi giữa các đơn vị"), "postal:send_between", "right", (Role.DESK, Role.SPECIALIST),
          text=gettext_lazy("Bưu chính chuyển giấy tờ của hồ sơ đến đơn vị khác.")),
    Entry(POST, gettext_lazy("Bưu chính đúng giờ"), "postal:compliance", "chart",
          (Role.ADMINISTRATOR, Role.MONITOR, Role.LEADER, Role.CARRIER),
          text=gettext_lazy("Tỷ lệ lấy trong 4 giờ, theo tuần và đơn vị.")),
    Entry(POST, gettext_lazy("Liên hệ trả kết quả"), "postal:campaigns", "phone",
          (*OFFICE_STAFF, Role.ADMINISTRATOR, Role.MONITOR, Role.HOTLINE),
          text=gettext_lazy("Gọi, nhắn người chưa nhận kết quả; gửi bưu chính hoặc mang đến nhà.")),
    Entry(POST, gettext_lazy("Không báo được"), "postal:dead_letters", "warning", (Role.ADMINISTRATOR,),
          text=gettext_lazy("Bưu gửi bị từ chối hoặc lỗi; báo lại, hủy.")),
    Entry(POST, pgettext_lazy("plural", "Doanh nghiệp bưu chính"), "postal:carriers", "settings", (Role.ADMINISTRATOR,),
          text=gettext_lazy("Kết nối, giờ làm việc, từ ngữ, tệp trao đổi.")),
    Entry(POST, gettext_lazy("Điểm tiếp nhận"), "postal:points_kept", "map", (Role.ADMINISTRATOR,),
          text=gettext_lazy("Điểm bưu chính ở từng xã, phường; nhập từ tệp.")),
    Entry(POST, gettext_lazy("Nhân viên bưu chính"), "postal:clerks", "users", (Role.ADMINISTRATOR,),
          text=gettext_lazy("Ai làm cho doanh nghiệp nào, ở xã, phường nào.")),
    Entry(POST, gettext_lazy("Đối tượng chính sách"), "postal:claims", "users", OFFICE_STAFF,
          text=gettext_lazy("Ai được miễn, giảm cước bưu chính, theo giấy tờ đã xem.")),
    Entry(POST, gettext_lazy("Miễn cước"), "postal:waivers", "check-circle", (Role.ADMINISTRATOR, Role.MONITOR),
          text=gettext_lazy("Đợt miễn cước theo văn bản, ai được miễn, ai chi trả.")),
    Entry(POST, gettext_lazy("Quyết toán cước"), "postal:settlements", "money", (Role.ADMINISTRATOR, Role.MONITOR, Role.CARRIER),
          text=gettext_lazy("Đối soát với tệp của bưu chính, duyệt, gửi trước hạn.")),
    Entry(POST, gettext_lazy("Bảng cước"), "postal:fees", "list", (Role.ADMINISTRATOR,),
          text=gettext_lazy("Giá cước theo dịch vụ, vùng, ngày áp dụng.")),
    Entry(RUNNING, gettext_lazy("Đơn vị, lịch làm việc"), "offices:list", "office", (Role.ADMINISTRATOR, Role.LEADER),
          text=gettext_lazy("Danh sách đơn vị, lịch nghỉ lễ, đóng cửa.")),
    Entry(RUNNING, gettext_lazy("Thủ tục hành chính"), "catalogue:list", "files", (Role.ADMINISTRATOR,),
          text=gettext_lazy("Danh mục, dòng cần rà soát.")),
    Entry(RUNNING, pgettext_lazy("plural", "Văn bản chỉ đạo"), "directives:list", "letter", (Role.ADMINISTRATOR, Role.MONITOR),
          text=gettext_lazy("Hiệu lực, phạm vi, quy tắc.")),
    Entry(RUNNING, gettext_lazy("Thông báo cho người dân"), "directives:announcements", "info",
          (Role.ADMINISTRATOR, Role.LEADER, Role.MONITOR),
          text=gettext_lazy("Soạn, đăng theo địa bàn và thời gian; bản SMS, bản đọc loa.")),
    Entry(RUNNING, gettext_lazy("Chuyển kênh danh mục"), "directives:switches", "globe", (Role.ADMINISTRATOR, Role.MONITOR),
          text=gettext_lazy("Mở trực tuyến, bưu chính, thanh toán cho toàn danh mục.")),
    Entry(RUNNING, gettext_lazy("Tin nhắn đã gửi"), "notify:messages", "message", (*OFFICE_STAFF, Role.ADMINISTRATOR, Role.MONITOR),
          text=gettext_lazy("Nội dung và trạng thái từng tin.")),
    Entry(RUNNING, gettext_lazy("Tin nhắn trong ngày"), "notify:day", "chart", (Role.ADMINISTRATOR, Role.MONITOR),
          text=gettext_lazy("Chi phí, mức cao nhất, số tin theo kênh và trạng thái.")),
    Entry(RUNNING, gettext_lazy("Cổng tin nhắn"), "notify:providers", "globe", (Role.ADMINISTRATOR,),
          text=gettext_lazy("SMS, Zalo: địa chỉ, giá, lỗi, gửi thử.")),
    Entry(RUNNING, gettext_lazy("Mẫu tin nhắn"), "notify:wordings", "edit", (Role.ADMINISTRATOR, Role.MONITOR),
          text=gettext_lazy("Lời của từng tin, độ dài SMS, lời riêng và các bản.")),
    Entry(RUNNING, gettext_lazy("Cách nhận tin"), "notify:preference", "settings", (Role.HOTLINE, *OFFICE_STAFF, Role.ADMINISTRATOR),
          text=gettext_lazy("Người dân muốn nhận tin bằng kênh nào trước.")),
    Entry(RUNNING, gettext_lazy("Tin nhắn hàng loạt"), "notify:broadcasts", "mail", (Role.ADMINISTRATOR, Role.LEADER, Role.MONITOR),
          text=gettext_lazy("Gửi đến người đăng ký, danh sách, bộ lọc; số người, chi phí, kết quả.")),
    Entry(RUNNING, gettext_lazy("Ghi đăng ký nhận tin"), "notify:note_subscription", "phone",
          (Role.HOTLINE, *OFFICE_STAFF, Role.ADMINISTRATOR), text=gettext_lazy("Cho người ở quầy hoặc gọi tổng đài, sau khi họ đồng ý.")),
    Entry(RUNNING, gettext_lazy("Phân công cán bộ"), "people:assignments", "users", (Role.ADMINISTRATOR,),
          text=gettext_lazy("Ai giữ vai trò gì, ở đâu.")),
    Entry(RUNNING, gettext_lazy("Khóa truy cập API"), "people:tokens", "key", (Role.ADMINISTRATOR,),
          text=gettext_lazy("Cấp và thu hồi khóa cho đối tác.")),
    Entry(RUNNING, gettext_lazy("Nhật ký tải danh sách"), "people:downloads", "download", (Role.ADMINISTRATOR,),
          text=gettext_lazy("Ai đã tải danh sách có dữ liệu cá nhân, lúc nào.")),
)
PUBLIC = (
    (pgettext_lazy("plural", "Thủ tục"), "guide:search"), (gettext_lazy("Đặt lịch hẹn"), "bookings:start"),
    (gettext_lazy("Tra cứu hồ sơ"), "dossiers:track"),
    (pgettext_lazy("plural", "Đơn vị"), "guide:offices"), (gettext_lazy("Điểm bưu chính"), "postal:points"),
    (gettext_lazy("Văn bản"), "guide:letters"),
    (pgettext_lazy("plural", "Thông báo"), "guide:announcements"),
)


def address_of(name: str, *args: object) -> str:
    """The address of a page, or '' where this installation does not have it."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def public_items(path: str) -> list[Link]:
    """The citizen's links; the page one is on is marked."""
    found = [(label, address_of(name)) for label, name in PUBLIC]
    return [Link(label, url, "", path.startswith(url)) for label, url in found if url]


def staff_links(user: User, path: str = "") -> list[tuple[Any, Link]]:
    """(group, link) of every working page that this person's roles open."""
    links = []
    for entry in ENTRIES:
        url = _staff_address(user, entry)
        if url:
            links.append((entry.group, Link(entry.label, url, entry.icon, path == url, entry.text)))
    return links


def _staff_address(user: User, entry: Entry) -> str:
    held = [item for item in user.current_assignments() if item.role in entry.roles]
    if not held:
        return ""
    return address_of(entry.url_name, held[0].office.code) if entry.by_office else address_of(entry.url_name)


def staff_groups(user: Any, path: str) -> list[tuple[Any, list[Link]]]:
    """The same, group by group; empty for a person without a role."""
    if not user.is_authenticated:
        return []
    return grouped(staff_links(user, path))


def grouped(links: Iterable[tuple[Any, Link]]) -> list[tuple[Any, list[Link]]]:
    """Pairs with the same group beside each other, collected in their order."""
    groups: dict[Any, list[Link]] = {}
    for group, link in links:
        groups.setdefault(group, []).append(link)
    return list(groups.items())


def cited(source: dict[str, str]) -> str:
    """'Theo văn bản số 4708/UBND-CCHC, khoản 1.'"""
    if source.get("clause"):
        return _("Theo văn bản số %(number)s, %(clause)s.") % {"number": source["number"], "clause": source["clause"]}
    return _("Theo văn bản số %(number)s.") % {"number": source["number"]}
