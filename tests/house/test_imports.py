"""Imports point downwards only, stand at the top of the file and make no circle."""
from tests.house.sources import DOORS, Source, app_of, by_module, function_imports, imports, module_names, sources

FLOORS = (
    {"clock", "worktime", "transitions", "jobs", "broker", "moments", "outside", "signature", "embedded", "absence", "logged"},
    {"access", "history", "patience", "breaker", "sheets", "filed"},
    {"people"},
    {"offices"},
    {"catalogue"},
    {"directives"},
    {"notify", "guide"},
    {"dossiers"},
    {"bookings", "postal"},
    {"reports"},
)
RANK = {name: rank for rank, floor in enumerate(FLOORS) for name in floor}
# The ground floor of the project names the apps above by string only.
GROUND = {"onestop", "settings", "environment", "trade", "urls", "wsgi", "celery"}
# Inside an app, each part may import the ones before it.
INSIDE = {"states": 0, "models": 1, "policies": 2, "services": 3, **dict.fromkeys(DOORS, 4)}


def test_every_app_has_its_floor():
    unknown = {source.app for source in sources()} - set(RANK) - GROUND
    assert not unknown, f"no floor is given for {sorted(unknown)}"


def test_imports_point_to_a_lower_floor():
    wrong = []
    for source in sources():
        for found in imports(source):
            here, there = source.app, app_of(found.target)
            if here == there or there == "onestop":
                continue
            allowed = here not in GROUND and there in RANK and RANK[there] < RANK[here]
            if here in GROUND:
                allowed = there in GROUND or RANK.get(there, 99) == 0
            if not allowed:
                wrong.append(f"{source.name}:{found.line} imports {found.target}")
    assert not wrong, "\n".join(wrong)


def test_inside_an_app_the_rules_do_not_know_the_doors():
    wrong = []
    for source in sources():
        for found in imports(source):
            target = by_module().get(found.target)
            if target is None or target.app != source.app or source.part not in INSIDE or target.part not in INSIDE:
                continue
            if INSIDE[target.part] > INSIDE[source.part]:
                wrong.append(f"{source.name}:{found.line} imports {found.target}")
    assert not wrong, "\n".join(wrong)


def test_no_app_goes_through_the_door_of_another():
    wrong = []
    for source in sources():
        for found in imports(source):
            target = by_module().get(found.target)
            shape_of_a_part = source.part == "api" and target is not None and target.part == "api"  # nested objects look alike
            if target is not None and target.app in RANK and target.app != source.app and target.part in DOORS \
                    and not shape_of_a_part:
                wrong.append(f"{source.name}:{found.line} imports {found.target}")
    assert not wrong, "\n".join(wrong)


def test_no_import_hides_in_a_function():
    wrong = [f"{source.name}:{line}" for source in sources() for line in function_imports(source)]
    assert not wrong, "\n".join(wrong)


def test_no_circle():
    graph = {source.module: _needed(source) for source in sources()}
    circles = [circle for circle in _circles(graph) if len(circle) > 1]
    assert not circles, "\n".join(" ↔ ".join(sorted(circle)) for circle in circles)


def _needed(source: Source) -> set[str]:
    return {found.target for found in imports(source)
            if not found.typing_only and found.target in module_names() and found.target != source.module}


def _circles(graph: dict[str, set[str]]) -> list[set[str]]:
    """The strongly connected parts of the graph: what each module reaches and is reached by."""
    reach: dict[str, set[str]] = {}
    for start in graph:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            for target in graph[waiting.pop()]:
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        reach[start] = seen
    found: list[set[str]] = []
    for module, reached in reach.items():
        circle = {other for other in reached if module in reach[other]}
        if circle and circle not in found:
            found.append(circle)
    return found
