"""PURE: the portal's own icons, drawn on a grid of 24 with a line of 1.75; no outside assets."""
from html import escape

SHAPES: dict[str, str] = {
    "gate": (
        '<path d="M3 9.5C7 8.6 9.5 6.8 12 4c2.5 2.8 5 4.6 9 5.5"/>'
        '<path d="M5.5 9.5V20M18.5 9.5V20M9 20v-5a3 3 0 0 1 6 0v5M3.5 20h17"/>'
    ),
    "search": '<circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5"/>',
    "menu": '<path d="M4 7h16M4 12h16M4 17h16"/>',
    "close": '<path d="m6 6 12 12M18 6 6 18"/>',
    "check": '<path d="m4.5 12.5 5 5 10-11"/>',
    "check-circle": '<circle cx="12" cy="12" r="8.5"/><path d="m8 12.3 2.8 2.8L16 9.5"/>',
    "arrow": '<path d="M5 12h14m-6-6 6 6-6 6"/>',
    "back": '<path d="M19 12H5m6 6-6-6 6-6"/>',
    "left": '<path d="m14.5 5-7 7 7 7"/>',
    "right": '<path d="m9.5 5 7 7-7 7"/>',
    "down": '<path d="m5 9.5 7 7 7-7"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "minus": '<path d="M5 12h14"/>',
    "calendar": '<rect x="4" y="5.5" width="16" height="15" rx="2"/><path d="M4 10h16M8.5 3.5v4M15.5 3.5v4"/>',
    "clock": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5.3l3.5 2"/>',
    "pause": '<circle cx="12" cy="12" r="8.5"/><path d="M10 9v6M14 9v6"/>',
    "home": '<path d="m3.5 11.5 8.5-7.5 8.5 7.5"/><path d="M6 9.5V20h12V9.5M10 20v-5.5h4V20"/>',
    "office": '<path d="M4 20.5h16M5.5 20V9.5M18.5 20V9.5M3.5 9.5 12 4l8.5 5.5zM9.5 20v-7M14.5 20v-7"/>',
    "map": (
        '<path d="M12 21c4.5-4.7 6.5-8 6.5-11a6.5 6.5 0 0 0-13 0c0 3 2 6.3 6.5 11z"/>'
        '<circle cx="12" cy="10" r="2.3"/>'
    ),
    "phone": (
        '<path d="M6 3.5h3l1.5 4.5-2 1.5a12 12 0 0 0 6 6l1.5-2 4.5 1.5v3a2 2 0 0 1-2.2 2A17 17 0 0 1 4 5.7a2 '
        '2 0 0 1 2-2.2z"/>'
    ),
    "mail": '<rect x="3.5" y="5.5" width="17" height="13" rx="2"/><path d="m4 7.5 8 6 8-6"/>',
    "message": '<path d="M4 5.5h16v11H11l-4.5 4v-4H4z"/><path d="M8 9.5h8M8 12.7h5"/>',
    "file": '<path d="M6 3.5h8l4.5 4.5v12.5H6z"/><path d="M13.5 3.5v5h5M9 13h6.5M9 16.5h6.5"/>',
    "files": '<path d="M8 3.5h6.5L19 8v9.5H8z"/><path d="M14 3.5V8.5h5M5 7v13.5h10.5"/>',
    "letter": (
        '<path d="M5.5 3.5h13v17h-13z"/><path d="M8.5 7.5h7M8.5 11h7M8.5 14.5h3"/>'
        '<circle cx="15" cy="16" r="1.8"/>'
    ),
    "clipboard": (
        '<path d="M9 5H6v15.5h12V5h-3"/><rect x="9" y="3" width="6" height="4" rx="1"/>'
        '<path d="m9 13.5 2.2 2.2 4-4.4"/>'
    ),
    "inbox": '<path d="M4 13.5 6.5 5h11l2.5 8.5V19.5H4z"/><path d="M4 13.5h4.5l1.5 2.5h4l1.5-2.5H20"/>',
    "user": '<circle cx="12" cy="8" r="4"/><path d="M4.5 20.5c.8-4.2 3.6-6.5 7.5-6.5s6.7 2.3 7.5 6.5"/>',
    "users": (
        '<circle cx="9" cy="8.5" r="3.5"/>'
        '<path d="M2.5 19.5c.6-3.7 3-5.7 6.5-5.7s5.9 2 6.5 5.7M15.5 5.3a3.5 3.5 0 0 1 0 6.4M17.5 14.2c2.3.6 '
        '3.6 2.4 4 5.3"/>'
    ),
    "door": '<path d="M6.5 20.5v-17h11v17M3.5 20.5h17"/><circle cx="14" cy="12.5" r=".9"/>',
    "shield": '<path d="M12 3.5 5 6v5.5c0 4.2 2.6 7.2 7 9 4.4-1.8 7-4.8 7-9V6z"/><path d="m8.8 12 2.3 2.3 4.2-4.6"/>',
    "key": '<circle cx="8" cy="15.5" r="4"/><path d="m11 12.5 8.5-8.5M16 7.5l2.5 2.5"/>',
    "truck": (
        '<path d="M3 6.5h11v10H3zM14 10h4l3 3.5v3h-7z"/><circle cx="7.5" cy="17.5" r="2"/>'
        '<circle cx="17" cy="17.5" r="2"/>'
    ),
    "globe": (
        '<circle cx="12" cy="12" r="8.5"/>'
        '<path d="M3.5 12h17M12 3.5c3 2.7 3.9 5.3 3.9 8.5s-.9 5.8-3.9 8.5c-3-2.7-3.9-5.3-3.9-8.5S9 6.2 12 '
        '3.5z"/>'
    ),
    "headset": (
        '<path d="M4.5 15v-3a7.5 7.5 0 0 1 15 0v3"/><rect x="3.5" y="13.5" width="4" height="6" rx="1.5"/>'
        '<rect x="16.5" y="13.5" width="4" height="6" rx="1.5"/><path d="M18.5 19.5c0 1.3-1.5 2-4 2"/>'
    ),
    "money": (
        '<rect x="3.5" y="6.5" width="17" height="11" rx="1.5"/><circle cx="12" cy="12" r="2.5"/>'
        '<path d="M6.5 9.5v5M17.5 9.5v5"/>'
    ),
    "info": '<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5.5"/><circle cx="12" cy="7.8" r=".6"/>',
    "warning": '<path d="M12 4 2.8 19.5h18.4z"/><path d="M12 10v4.5"/><circle cx="12" cy="16.9" r=".5"/>',
    "stop": '<path d="M8.5 3.5h7l5 5v7l-5 5h-7l-5-5v-7z"/><path d="m9 9 6 6M15 9l-6 6"/>',
    "print": '<path d="M7 8.5v-5h10v5M7 17H4V8.5h16V17h-3"/><path d="M7 14h10v6.5H7z"/>',
    "download": '<path d="M12 4v11m-5-5 5 5 5-5M4.5 20h15"/>',
    "upload": '<path d="M12 15V4m-5 5 5-5 5 5M4.5 20h15"/>',
    "edit": '<path d="m5 19 .8-4L16 4.8l3.2 3.2L9 18.2z"/><path d="m13.5 7.3 3.2 3.2"/>',
    "trash": '<path d="M4.5 7h15M9.5 7V4h5v3M6.5 7l1 13.5h9l1-13.5M10.5 11v6M13.5 11v6"/>',
    "chart": '<path d="M4 4v16h16"/><path d="M8.5 16.5v-4M12.5 16.5v-8M16.5 16.5v-6"/>',
    "settings": (
        '<path d="M4 7h9M17 7h3M4 12h3M11 12h9M4 17h9M17 17h3"/><circle cx="15" cy="7" r="2"/>'
        '<circle cx="9" cy="12" r="2"/><circle cx="15" cy="17" r="2"/>'
    ),
    "list": (
        '<path d="M9 6.5h11M9 12h11M9 17.5h11"/><circle cx="4.8" cy="6.5" r=".8"/>'
        '<circle cx="4.8" cy="12" r=".8"/><circle cx="4.8" cy="17.5" r=".8"/>'
    ),
    "ticket": (
        '<path d="M4 6.5h16v4a1.8 1.8 0 0 0 0 3.5v3.5H4V14a1.8 1.8 0 0 0 0-3.5z"/>'
        '<path d="M14.5 7v2.5M14.5 11v2M14.5 14.5V17"/>'
    ),
    "undo": '<path d="M8 5 4 9l4 4"/><path d="M4 9h9.5a5.5 5.5 0 0 1 0 11H8"/>',
    "sign-out": '<path d="M13 4H5v16h8M10 12h10.5m-4-4 4 4-4 4"/>',
    "camera": '<path d="M4 8h4l1.5-2.5h5L16 8h4v11.5H4z"/><circle cx="12" cy="13.5" r="3.3"/>',
}


def svg(name: str, *, size: int = 20, label: str = "") -> str:
    """An icon as SVG. Without `label` it is decoration and hidden from screen readers. KeyError for an unknown name."""
    spoken = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return (f'<svg class="icon" width="{size}" height="{size}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
            f'stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" focusable="false" {spoken}>{SHAPES[name]}</svg>')
