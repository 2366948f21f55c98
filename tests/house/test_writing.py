"""Only services write, only the clock tells the time, and job names are registered tasks."""
import ast

from celery import current_app
from django.conf import settings

from tests.house.sources import ROOT, functions, sources, templates

WRITES = {"save", "create", "update", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create",
          "aupdate", "acreate", "asave", "adelete"}
# On rows these take names only: with a plain argument it is a dict, a cache or a picture.
PLAIN = {"save", "update", "delete"}
READ_ONLY_PARTS = {"views", "forms", "tasks", "api", "admin", "policies", "queries", "templatetags", "states"}
TIMES = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("timezone", "now"),
         ("timezone", "localdate"), ("timezone", "localtime"), ("time", "time"), ("time", "time_ns"), ("functions", "Now")}
TIME_NAMES = {("django.utils.timezone", "now"), ("django.utils.timezone", "localdate"), ("time", "time"),
              ("django.db.models.functions", "Now")}


def test_doors_do_not_write():
    wrong = [
        f"{source.name}:{node.lineno} {ast.unparse(node)[:80]}"
        for source in sources() if source.part in READ_ONLY_PARTS
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES
        and not (node.func.attr in PLAIN and node.args) and not ast.unparse(node.func.value).endswith(("attrs", "kwargs", "context"))
    ]
    assert not wrong, "\n".join(wrong)


def test_nobody_asks_the_time_but_the_clock():
    wrong = []
    for source in sources():
        if source.module == "onestop.clock":
            continue
        for node in ast.walk(source.tree):
            if _asks_the_time(node):
                wrong.append(f"{source.name}:{node.lineno} {ast.unparse(node)[:80]}")
    assert not wrong, "\n".join(wrong)


def _asks_the_time(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        owner = node.value
        name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
        return (name, node.attr) in TIMES
    if isinstance(node, ast.ImportFrom):
        return any((node.module, alias.name) in TIME_NAMES for alias in node.names)
    return isinstance(node, ast.keyword) and node.arg in ("auto_now", "auto_now_add")


def test_no_template_asks_the_time():
    wrong = [str(path.relative_to(ROOT)) for path in templates() if "{% now " in path.read_text(encoding="utf-8")]
    assert not wrong, "the clock may be moved, {% now %} would not know: " + ", ".join(wrong)


def test_jobs_and_schedule_name_registered_tasks():
    current_app.loader.import_default_modules()
    registered = {name for name in current_app.tasks if not name.startswith("celery.")}
    asked = dict.fromkeys((entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()), "beat")
    wrong = []
    for source in sources():
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.Call) or _called(node) not in ("enqueue_after_commit", "wake_after_commit", "send_task"):
                continue
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                asked[first.value] = f"{source.name}:{node.lineno}"
            elif source.module != "onestop.jobs":
                wrong.append(f"{source.name}:{node.lineno} the task's name must be written out")
    wrong += [f"{where}: no task is named {name!r}" for name, where in asked.items() if name not in registered]
    wrong += [f"nobody asks for the task {name!r}" for name in sorted(registered - set(asked))]
    assert not wrong, "\n".join(wrong)


def _called(node: ast.Call) -> str:
    function = node.func
    return function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""


def test_only_jobs_speaks_to_celery():
    wrong = [
        f"{source.name}:{node.lineno}" for source in sources() if source.module != "onestop.jobs"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and _called(node) in ("delay", "apply_async", "send_task", "on_commit")
    ]
    assert not wrong, "\n".join(wrong)


def test_tasks_are_short():
    wrong = [
        f"{source.name}:{function.lineno} {function.name}" for source in sources() if source.part == "tasks"
        for function in functions(source)
        if sum(1 for node in ast.walk(function) if isinstance(node, ast.stmt)) > 8
    ]
    assert not wrong, "a task calls a service, it does not do the work: " + ", ".join(wrong)


def test_no_signals_for_business():
    wrong = [f"{source.name}:{node.lineno}" for source in sources() for node in ast.walk(source.tree)
             if isinstance(node, ast.ImportFrom) and (node.module or "") in ("django.db.models.signals", "django.dispatch")]
    assert not wrong, "\n".join(wrong)
