"""The portal's own sources, parsed once, for the house rules."""
import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TOP = ("onestop", "bookings", "dossiers", "postal", "reports")
FOUNDATIONS = ("people", "offices", "catalogue", "directives", "guide", "notify")
DOORS = ("forms", "views", "api", "tasks", "admin", "management")


@dataclass(frozen=True)
class Source:
    """One Python file of the portal."""

    path: Path
    tree: ast.Module

    @property
    def name(self) -> str:
        """The path from the root."""
        return str(self.path.relative_to(ROOT))

    @property
    def module(self) -> str:
        """The dotted module name."""
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def app(self) -> str:
        """'bookings', 'people', … or the file's own name in the project package ('clock')."""
        return app_of(self.module)

    @property
    def part(self) -> str:
        """The part of its app it belongs to: 'views' for views.py and views/citizen.py alike."""
        parts = self.module.split(".")
        inside = parts[2:] if parts[0] == "onestop" and len(parts) > 1 and parts[1] in FOUNDATIONS else parts[1:]
        return inside[0].removesuffix("_urls") if inside else ""


def app_of(module: str) -> str:
    """The app or project-level module that a dotted name belongs to; '' for what isn't ours."""
    parts = module.split(".")
    if parts[0] not in TOP:
        return ""
    if parts[0] == "onestop":
        return parts[1] if len(parts) > 1 else "onestop"
    return parts[0]


@cache
def sources() -> tuple[Source, ...]:
    """Every Python file of the portal except migrations."""
    found = []
    for top in TOP:
        for path in sorted((ROOT / top).rglob("*.py")):
            if "migrations" not in path.parts:
                found.append(Source(path, ast.parse(path.read_text(encoding="utf-8"), str(path))))
    return tuple(found)


@cache
def by_module() -> dict[str, Source]:
    """The same files by dotted name."""
    return {source.module: source for source in sources()}


@cache
def module_names() -> frozenset[str]:
    """The dotted names of all our modules and packages."""
    return frozenset(source.module for source in sources())


@dataclass(frozen=True)
class Import:
    """One import of one of our modules by another."""

    target: str
    line: int
    typing_only: bool
    in_function: bool


def imports(source: Source) -> list[Import]:
    """What `source` imports of our own, wherever it stands in the file."""
    return [
        Import(target, node.lineno, typing_only, in_function)
        for node, typing_only, in_function in _import_nodes(source.tree, False, False)
        for target in _targets(node, source) if app_of(target)
    ]


def function_imports(source: Source) -> list[int]:
    """The lines of imports, of anything, inside functions."""
    return [node.lineno for node, typing_only, hidden in _import_nodes(source.tree, False, False) if hidden and not typing_only]


def _import_nodes(tree: ast.AST, typing_only: bool, hidden: bool) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool, bool]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node, typing_only, hidden
            continue
        in_function = hidden or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        guarded = typing_only or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
        yield from _import_nodes(node, guarded, in_function)


def _targets(node: ast.Import | ast.ImportFrom, source: Source) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    base = node.module or ""
    if node.level:
        package = source.module.split(".") if source.path.name == "__init__.py" else source.module.split(".")[:-1]
        package = package[: len(package) - node.level + 1]
        base = ".".join([*package, *([node.module] if node.module else [])])
    found = []
    for alias in node.names:
        whole = f"{base}.{alias.name}"
        found.append(whole if whole in module_names() else base)
    return found


def functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def templates() -> list[Path]:
    """Every file under templates/."""
    return sorted(path for path in (ROOT / "templates").rglob("*") if path.is_file() and not path.name.startswith("README"))
