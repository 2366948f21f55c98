"""The API's common manners: tokens, problem answers, idempotency, pages, limits (api.md)."""
