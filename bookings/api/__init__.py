"""Booking for programs (api.md): availability, holds, appointments, visits, rooms, offices with their next free place."""
