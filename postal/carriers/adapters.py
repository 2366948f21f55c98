"""Which adapter reaches a carrier."""
from collections.abc import Mapping

from postal.carriers import Adapter, folder, http
from postal.models import Carrier
from postal.states import Adapter as Kind

BY_KIND: Mapping[str, Adapter] = {Kind.HTTP.value: http, Kind.FILE.value: folder}


def for_(carrier: Carrier) -> Adapter:
    """The adapter that a carrier is set to."""
    return BY_KIND[carrier.adapter]
