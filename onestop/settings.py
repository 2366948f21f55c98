"""Settings, read from the environment by django-environ. Safe by default; a wrong value stops the start with a sentence.

DATABASE_URL and REDIS_URL choose PostgreSQL and Redis; without them the portal runs embedded, with all of its state
under VAR_DIR (default: var/ beside manage.py).
"""
import re
import secrets
from datetime import datetime, timedelta
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from onestop.environment import BASE_DIR, TESTING, env
from onestop.environment import fail as _fail
from onestop.trade import *  # noqa: F403

DEBUG = env.bool("DEBUG", False)
# PRODUCTION says that citizens depend on this installation: no embedded shortcuts, no moved clock.
PRODUCTION = env.bool("PRODUCTION", False)
TLS = env.bool("TLS", PRODUCTION)
VAR_DIR = Path(env.str("VAR_DIR", str(BASE_DIR / "var"))).resolve()
VAR_DIR.mkdir(parents=True, exist_ok=True)


def _secret_key() -> str:
    """The key from SECRET_KEY, else the one made on the first run and kept, readable by its owner only, in VAR_DIR."""
    given = env.str("SECRET_KEY", "")
    if given:
        return given
    if PRODUCTION:
        _fail("SECRET_KEY must be set in production: a long random text, the same for web, worker and beat.")
    return _kept("secret_key")


def _kept(name: str) -> str:
    """A secret made on the first run and kept in VAR_DIR."""
    path = VAR_DIR / name
    if not path.exists():
        try:
            with path.open("x") as handle:
                path.chmod(0o600)
                handle.write(secrets.token_urlsafe(64))
        except FileExistsError:
            pass
    return path.read_text().strip()


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
if PRODUCTION and (not env.list("ALLOWED_HOSTS", default=[]) or "*" in ALLOWED_HOSTS):
    _fail("ALLOWED_HOSTS must name the portal's own host names in production, for example ALLOWED_HOSTS=motcua.example.vn.")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
if PRODUCTION and DEBUG:
    _fail("DEBUG and PRODUCTION exclude each other.")

# Where the portal is reached from outside: links in messages and QR codes start with it.
PUBLIC_URL = env.str("PUBLIC_URL", f"http://localhost:{env.str('PORT', '8000')}").rstrip("/")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
    "axes",
    "onestop.people",
    "onestop.offices",
    "onestop.catalogue",
    "onestop.directives",
    "onestop.guide",
    "onestop.notify",
    "dossiers",
    "bookings",
    "postal",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "onestop.access.RefusalMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "onestop.urls"
WSGI_APPLICATION = "onestop.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "onestop.access.context",
            ],
            "loaders": [("django.template.loaders.cached.Loader", ["django.template.loaders.filesystem.Loader"])],
            "builtins": ["onestop.people.templatetags.portal"],
        },
    }
]

# --- database ---------------------------------------------------------------------------------------------------------
_sqlite = f"sqlite:///{VAR_DIR / 'portal.sqlite3'}"
try:
    _database = env.db_url_config(env.str("DATABASE_URL", "") or _sqlite)
except (ValueError, ImproperlyConfigured) as error:
    raise ImproperlyConfigured(f"DATABASE_URL can't be read: {error}") from error
if not _database.get("ENGINE"):
    _fail("DATABASE_URL must say which database it is, for example postgres://portal@127.0.0.1/portal.")
EMBEDDED_DATABASE = _database["ENGINE"].endswith("sqlite3")
if PRODUCTION and EMBEDDED_DATABASE:
    _fail("DATABASE_URL must name a PostgreSQL database in production, for example postgres://portal@db/portal.")
if EMBEDDED_DATABASE:
    _database["ENGINE"] = "onestop.embedded"
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
    _database["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
else:
    _database["CONN_MAX_AGE"] = 60
    _database["CONN_HEALTH_CHECKS"] = True
    _database.setdefault("OPTIONS", {})["options"] = "-c lock_timeout=3000 -c statement_timeout=60000"
    _database["OPTIONS"].setdefault("connect_timeout", 10)  # seconds; a host that is silent is as good as away
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- cache and Celery -------------------------------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", "")
if REDIS_URL and not REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
    _fail("REDIS_URL must start with redis://, rediss:// or unix://, for example redis://127.0.0.1:6379/0.")
if PRODUCTION and not REDIS_URL:
    _fail("REDIS_URL must be set in production, for example redis://redis:6379/0.")
if REDIS_URL:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL,
                          "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 5}}}
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 900, "unacked_restore_interval": 5, "unacked_restore_throttle": 1,
        "socket_connect_timeout": 2, "socket_timeout": 30,
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
                          "LOCATION": str(VAR_DIR / "cache")}}
    _queue = VAR_DIR / "broker"
    for _folder in ("messages", "processed", "control"):
        (_queue / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_URL = "filesystem://localhost"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_queue / "messages"), "data_folder_out": str(_queue / "messages"),
        "processed_folder": str(_queue / "processed"), "store_processed": False,
        "control_folder": str(_queue / "control"), "polling_interval": 0.05,
    }
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_TIMEZONE = "Asia/Ho_Chi_Minh"
CELERY_ENABLE_UTC = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
SWEEP_SECONDS = env.int("SWEEP_SECONDS", 15)
if SWEEP_SECONDS < 1:
    _fail("SWEEP_SECONDS must be at least 1.")
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    name: {"task": name, "schedule": timedelta(seconds=seconds), "options": {"expires": seconds * 4}}
    for name, seconds in {
        "notify.sweep": SWEEP_SECONDS,
        "notify.sweep_broadcasts": SWEEP_SECONDS,
        "bookings.remind": SWEEP_SECONDS,
        "bookings.sweep_relocations": SWEEP_SECONDS,
        "bookings.expire_holds": max(SWEEP_SECONDS, 15),
        "bookings.offer_places": max(SWEEP_SECONDS, 15),
        "bookings.sweep_outreach": max(SWEEP_SECONDS, 30),
        "bookings.sweep_unreached": max(SWEEP_SECONDS, 30),
        "bookings.generate_sessions": 3600,
        **dict.fromkeys(["bookings.close_past_days", "bookings.note_no_shows"], 600),
        "bookings.warn_of_crowds": 900,
        "bookings.audit": 24 * 3600,
        "directives.sweep": max(SWEEP_SECONDS, 30),
        "dossiers.sweep": max(SWEEP_SECONDS, 30),
        "dossiers.sweep_intake": max(SWEEP_SECONDS, 30),
        **dict.fromkeys(["dossiers.sweep_payments", "dossiers.sweep_bridge"], max(SWEEP_SECONDS, 30)),
        "dossiers.cover": 900,
        "dossiers.remind": max(SWEEP_SECONDS, 300),
        "dossiers.digest": max(SWEEP_SECONDS, 600),
        "postal.sweep": SWEEP_SECONDS,
        "postal.exchange_files": max(SWEEP_SECONDS, 5),
        "postal.sweep_money": max(SWEEP_SECONDS, 30),
        "postal.watch": max(SWEEP_SECONDS, 30),
        "postal.sweep_campaigns": max(SWEEP_SECONDS, 30),
        **dict.fromkeys(["notify.purge", "bookings.purge", "postal.purge"], 3600),
        "people.heartbeat": 30,
    }.items()
}

# --- people and safety ------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "people:sign_in"
LOGIN_REDIRECT_URL = "people:desk"
LOGOUT_REDIRECT_URL = "guide:home"
AXES_FAILURE_LIMIT = env.int("SIGN_IN_FAILURES", 8)
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "people/locked_out.html"
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "onestop.access.address"
AXES_ENABLED = env.bool("AXES_ENABLED", not TESTING)
# The number of trusted proxies in front of the web server; 0 takes the address of the connection itself.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "onestop.access.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if TLS:
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.bool("TLS_REDIRECT", True)
    SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", 365 * 24 * 3600)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
    SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF], "script-src": [SELF], "style-src": [SELF], "img-src": [SELF, "data:"],
        "font-src": [SELF], "connect-src": [SELF], "object-src": [NONE], "base-uri": [SELF],
        "form-action": [SELF], "frame-ancestors": [NONE],
    }
}

# --- language and time ------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Tiếng Việt")), ("en", _("Tiếng Anh"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True
USE_I18N = True
_moment = env.str("PORTAL_CLOCK", "")
PORTAL_CLOCK = None
PORTAL_CLOCK_ANCHOR = env.float("PORTAL_CLOCK_ANCHOR", 0.0) or None
if _moment:
    if PRODUCTION:
        _fail("PORTAL_CLOCK is for replaying a letter's days and is refused with production settings.")
    try:
        PORTAL_CLOCK = datetime.fromisoformat(_moment)
    except ValueError:
        _fail("PORTAL_CLOCK must be a moment with its offset, for example 2021-08-23T08:00:00+07:00.")
    if PORTAL_CLOCK is not None and PORTAL_CLOCK.tzinfo is None:
        _fail("PORTAL_CLOCK needs its offset, for example +07:00 at the end.")

# --- files ------------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder", "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "onestop.people.fonts.TypefaceFinder",
]
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(VAR_DIR / "static")))
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage" if DEBUG or TESTING
                    else "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG or TESTING  # looked for when asked for: a test starts many handlers
# Private files: never under STATIC_ROOT, never served by name.
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", str(VAR_DIR / "files")))
FILE_UPLOAD_PERMISSIONS = 0o600
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_MB", 10) * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
# Where clamd listens: tcp://host:3310 or unix:///run/clamav/clamd.ctl; without it nothing is scanned.
CLAMD_URL = env.str("CLAMD_URL", "")
if CLAMD_URL and not CLAMD_URL.startswith(("tcp://", "unix://")):
    _fail("CLAMD_URL must start with tcp:// or unix://, for example tcp://127.0.0.1:3310.")
# off: files are never scanned. on: scanned, officers may open what was not checked yet. hold: what was not checked stays shut.
UPLOAD_SCAN = env.str("UPLOAD_SCAN", "on")
if UPLOAD_SCAN not in ("off", "on", "hold"):
    _fail("UPLOAD_SCAN must be off, on or hold.")

# --- messages to people -----------------------------------------------------------------------------------------------
EMAIL_URL = env.str("EMAIL_URL", "")
if EMAIL_URL:
    vars().update(env.email_url("EMAIL_URL"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Bộ phận Một cửa <motcua@localhost>")
# file: readable by staff in the portal. sms: the HTTP gateway below, or those that an administrator keeps in the portal; `manage.py check
# --database default` and /readyz say where there is neither. The first that can reach the person is taken.
NOTIFY_CHANNELS = env.list("NOTIFY_CHANNELS", default=["file"])
SMS_GATEWAY_URL = env.str("SMS_GATEWAY_URL", "")
SMS_GATEWAY_KEY = env.str("SMS_GATEWAY_KEY", "")
SMS_GATEWAY_FIELDS = env.dict("SMS_GATEWAY_FIELDS", default={"id": "id", "to": "to", "text": "text"})
SMS_PLAIN = env.bool("SMS_PLAIN", False)  # SMS without tone marks
if "email" in NOTIFY_CHANNELS and not EMAIL_URL:
    _fail("NOTIFY_CHANNELS names email, so EMAIL_URL must say where the mail server is.")

# --- what goes out to other machines: messages and postal orders ------------------------------------------------------
SEND_TIMEOUT_SECONDS = env.int("SEND_TIMEOUT_SECONDS", 10)
# How long a worker may be silent about something it took before another one takes it.
SEND_LEASE_SECONDS = env.int("SEND_LEASE_SECONDS", 60)
SEND_MAX_ATTEMPTS = env.int("SEND_MAX_ATTEMPTS", 10)
# Texts that one process hands to a gateway at the same time, and how many processes do so: a gateway's own limit is shared among them.
SEND_AT_ONCE = env.int("SEND_AT_ONCE", 4)
SEND_PROCESSES = max(env.int("SEND_PROCESSES", 2), 1)
RETRY_FIRST_SECONDS = env.int("RETRY_FIRST_SECONDS", 30)  # doubles with each attempt
RETRY_LONGEST_SECONDS = env.int("RETRY_LONGEST_SECONDS", 3600)
if SEND_LEASE_SECONDS <= SEND_TIMEOUT_SECONDS:
    _fail("SEND_LEASE_SECONDS must be longer than SEND_TIMEOUT_SECONDS, or two workers would send the same thing.")
CARRIER_SIMULATOR_URL = env.str("CARRIER_SIMULATOR_URL", "http://127.0.0.1:8001").rstrip("/")
# Carriers without an API: below it each has a folder with out/ for our files and in/ for theirs; an SFTP server may export it.
CARRIER_FOLDER = Path(env.str("CARRIER_FOLDER", str(VAR_DIR / "carriers")))

# --- money --------------------------------------------------------------------------------------------------------------
# The payment gateway (VNPAY's interface); outside of production the simulator. Without GATEWAY_URL nobody can pay online.
PAYMENT_SIMULATOR_URL = env.str("PAYMENT_SIMULATOR_URL", "" if PRODUCTION else "http://127.0.0.1:8002").rstrip("/")
GATEWAY_URL = env.str("GATEWAY_URL", f"{PAYMENT_SIMULATOR_URL}/thanh-toan" if PAYMENT_SIMULATOR_URL else "")
GATEWAY_QUERY_URL = env.str("GATEWAY_QUERY_URL", f"{PAYMENT_SIMULATOR_URL}/truy-van" if PAYMENT_SIMULATOR_URL else "")
GATEWAY_TMN = env.str("GATEWAY_TMN", "" if PRODUCTION else "MOTCUA01")
GATEWAY_SECRET = env.str("GATEWAY_SECRET", "") or ("" if PRODUCTION else _kept("gateway_secret"))
if GATEWAY_URL and not (GATEWAY_QUERY_URL and GATEWAY_TMN and GATEWAY_SECRET):
    _fail("GATEWAY_URL needs GATEWAY_QUERY_URL, GATEWAY_TMN and GATEWAY_SECRET beside it: as the gateway gave them.")
# The account bank transfers go to: the bank's BIN (six digits), number and holder. Without them no transfer is offered.
VIETQR_BANK = env.str("VIETQR_BANK", "" if PRODUCTION else "970400")
VIETQR_ACCOUNT = env.str("VIETQR_ACCOUNT", "" if PRODUCTION else "0000000000")
VIETQR_HOLDER = env.str("VIETQR_HOLDER", "" if PRODUCTION else "TAI KHOAN MINH HOA")
if VIETQR_BANK and not (re.fullmatch("[0-9]{6}", VIETQR_BANK) and re.fullmatch("[A-Za-z0-9]{1,19}", VIETQR_ACCOUNT)):
    _fail("VIETQR_BANK must be the bank's BIN of six digits, and VIETQR_ACCOUNT its account, at most 19 letters and digits.")

# --- who is reached and shown -----------------------------------------------------------------------------------------
DEMO_PASSWORD = env.str("DEMO_PASSWORD", "")
# The province's hotline, shown at the foot of every page; outside of production a number that nobody has.
HOTLINE = env.str("HOTLINE", "" if PRODUCTION else "1900 0000")

# --- API --------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["onestop.people.rest.authentication.BearerToken"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser", "rest_framework.parsers.MultiPartParser"],
    "DEFAULT_PAGINATION_CLASS": "onestop.people.rest.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "onestop.people.rest.problems.handler",
    "DEFAULT_THROTTLE_CLASSES": ["onestop.people.rest.throttles.PerCaller"],
    "DEFAULT_THROTTLE_RATES": API_RATES,  # noqa: F405
    "PAGE_SIZE": 50, "DATETIME_FORMAT": "iso-8601", "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Cổng Một cửa", "VERSION": "1.0.0", "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR", "SWAGGER_UI_FAVICON_HREF": "SIDECAR", "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "ENUM_NAME_OVERRIDES": {"DossierState": "dossiers.states.State", "ExtensionState": "dossiers.states.ExtensionState",
                            "ShipmentState": "postal.states.State", "AppointmentState": "bookings.states.AppointmentState",
                            "HandoverState": "postal.states.HandoverState", "HandoverKind": "postal.states.HandoverKind",
                            "BookedBy": "bookings.states.BookedBy"},
}
LOGGING = {
    "version": 1, "disable_existing_loggers": False,
    "filters": {"routes": {"()": "onestop.logged.RoutesOnly"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    # A refusal (4xx) is the portal's daily business, not a warning.
    "loggers": {"axes": {"level": "WARNING"}, "django.request": {"level": "ERROR", "filters": ["routes"]}},
}
TEST_RUNNER = "django.test.runner.DiscoverRunner"
