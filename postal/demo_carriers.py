"""The demonstration's second carrier: reached by files in one province, with words of its own. Plainly not real."""
import hashlib
import secrets

from django.db import transaction

from onestop import clock
from onestop.offices.models import Area
from onestop.offices.states import AreaLevel
from onestop.people.models import User
from postal import manifests
from postal.carriers.simulator.files import WORDS
from postal.models import Carrier, CarrierFile, CarrierWord
from postal.services import files, words
from postal.states import Adapter

CODE, PROVINCE, KEEPER = "buu-chinh-tep", "96", "quantri-ca-mau"
NOT_KNOWN_YET = "CHO_PHAT_LAI"  # somebody has to say what it means
MORE = (("attempted", "PHAT_KTC"), ("returning", "CHUYEN_HOAN"), ("returned", "DA_HOAN"), ("lost", "THAT_LAC"))


def load() -> str:
    """Make what is missing; the new carrier's name, '' if it was there or its province is not."""
    province = Area.objects.filter(code=PROVINCE, level=AreaLevel.PROVINCE).first()
    if province is None:
        return ""
    carrier, made = Carrier.objects.get_or_create(code=CODE, defaults={
        "name": "Bưu chính trao đổi tệp (mô phỏng)", "adapter": Adapter.FILE, "key": secrets.token_urlsafe(32), "province": province,
        "manifest_times": ["07:30", "10:30", "13:30", "15:30"], "working_hours_only": False})
    _words(carrier)
    if made:
        _file(carrier)
    return carrier.name if made else ""


def _words(carrier: Carrier) -> None:
    keeper = User.objects.filter(username=KEEPER).first()
    known = set(CarrierWord.objects.filter(carrier=carrier).values_list("word", flat=True))
    for meaning, word in (*WORDS, *MORE):
        if keeper is not None and word not in known:
            words.explain(actor=keeper, carrier=carrier, word=word, meaning=meaning)
    with transaction.atomic():
        if NOT_KNOWN_YET not in known:
            words.keep(carrier, NOT_KNOWN_YET)


def _file(carrier: Carrier) -> CarrierFile:
    """A file with a row that can't be taken, as the page shows it."""
    line = ("khong-phai-ma", "BT00000000000VN", WORDS[0][1], clock.now().isoformat(timespec="minutes"), "Dòng minh họa", "")
    content = manifests.written("csv", manifests.ANSWER_HEADER, [line])
    return files.read(carrier, "minh-hoa-1.csv", content, hashlib.sha256(content).hexdigest())
