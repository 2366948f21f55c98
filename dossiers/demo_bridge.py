"""Demonstration of the bridge: a file from the National Portal with three dossiers, one of them unknown here; statuses that wait."""
from __future__ import annotations

import json

from dossiers.models import NationalImport
from dossiers.services import bridge
from onestop.offices.models import Office
from onestop.people.models import User

NAME = "dvcqg-minh-hoa.json"


def load(office: Office, reader: User | None) -> int:
    """Read the file once and make the packets; how many dossiers are new."""
    if reader is None or NationalImport.objects.filter(source=NAME).exists():
        return 0
    rows = [{"ma_ho_so_dvcqg": f"G22.99.08-MINH-HOA-{number:04d}", "ma_thu_tuc": procedure, "ma_don_vi": office.code,
             "ho_ten": f"Người nộp mẫu {number}", "so_dien_thoai": f"09000000{number}", "noi_dung": "Hồ sơ minh họa nộp trên Cổng quốc gia"}
            for number, procedure in ((71, "1.004873"), (72, "1.001193"), (73, "0.000000"))]
    content = json.dumps({"ho_so": rows}, ensure_ascii=False).encode()
    batch = bridge.import_file(actor=reader, name=NAME, content=content, most=10)
    bridge.collect()
    return batch.rows.filter(state="made").count()
