"""PURE: what the verbs of a campaign and of its people are called where history is shown: words, and the tone of the row."""
from django.utils.translation import gettext_lazy as _

CAMPAIGN_SHOWN = {
    "make": (_("Lập đợt liên hệ"), "neutral"),
    "open": (_("Đã lập xong danh sách"), "good"),
    "add": (_("Bổ sung danh sách"), "info"),
    "added": (_("Đã bổ sung xong danh sách"), "good"),
    "invite": (_("Bắt đầu gửi tin mời"), "info"),
    "stop_inviting": (_("Dừng gửi tin mời"), "warn"),
    "invited": (_("Đã gửi xong tin mời"), "good"),
    "close": (_("Kết thúc đợt liên hệ"), "neutral"),
}
ITEM_SHOWN = {
    "try": (_("Đã gọi"), "neutral"),
    "register": (_("Đăng ký trả qua bưu chính"), "good"),
    "deliver_home": (_("Đăng ký trả tại nhà"), "good"),
    "keep": (_("Tự đến nhận"), "neutral"),
    "give_up": (_("Thôi gọi"), "warn"),
    "call_again": (_("Đưa lại vào danh sách cần gọi"), "info"),
    "finish": (_("Đã nhận kết quả"), "good"),
    "drop": (_("Rời danh sách"), "neutral"),
    "invite": (_("Gửi tin mời kèm liên kết"), "info"),
}
