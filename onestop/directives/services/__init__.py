"""The only writers of letters and of what they switch, by activity."""
from onestop.directives.services.letters import (
    Letter,
    RuleText,
    add_rule,
    change,
    draft,
    publish,
    remove_rule,
    withdraw,
)

__all__ = ["Letter", "RuleText", "add_rule", "change", "draft", "publish", "remove_rule", "withdraw"]
