"""Browsers of the cast."""

from __future__ import annotations

from django.test import Client

from onestop.people.models import User


def browser_of(user: User) -> Client:
    """A signed-in browser."""
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser
