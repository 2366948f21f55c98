"""One message in the portal's own words, in its second version."""
from onestop.notify.models import TemplateText
from onestop.notify.services import wording_texts
from onestop.people.models import User

KEY, SUBJECT = "dossier_returned", "Đã trả kết quả hồ sơ {{ number }}"
FIRST = "Kết quả hồ sơ {{ number }} đã được trả lúc {{ at }}."
SECOND = "Kết quả hồ sơ {{ number }} đã được trả lúc {{ at }}. Cảm ơn Ông/Bà."


def load() -> int:
    """What is not there yet; how many versions were written."""
    author = User.objects.filter(username="quantri").first()
    if author is None or TemplateText.objects.filter(key=KEY).exists():
        return 0
    for seen, body in enumerate((FIRST, SECOND)):
        wording_texts.write(actor=author, key=KEY, language="vi", subject=SUBJECT, body=body, seen=seen)
    return 2
