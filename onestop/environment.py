"""The environment that the settings are read from, and how a wrong value stops the start with a sentence."""
import sys
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


class _Env(environ.Env):
    """django-environ, with a sentence that names the variable when its value can't be read."""

    def get_value(self, var: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().get_value(var, *args, **kwargs)
        except (ValueError, TypeError, KeyError) as error:
            raise ImproperlyConfigured(f"{var} can't be read: {error}") from error


env = _Env()
if (BASE_DIR / ".env").exists():
    env.read_env(str(BASE_DIR / ".env"))


def fail(sentence: str) -> None:
    raise ImproperlyConfigured(sentence)


TESTING = "pytest" in sys.modules or env.bool("PORTAL_TESTING", False)
