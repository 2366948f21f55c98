"""Size budgets: what is too long to be read at once is cut by activity."""
import ast
from statistics import median, quantiles

from tests.house.sources import ROOT, functions, sources


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    docstring = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def test_functions_are_short():
    lengths = {f"{source.name}:{function.lineno} {function.name}": _length(function)
               for source in sources() for function in functions(source)}
    too_long = [f"{name} has {length} lines" for name, length in lengths.items() if length > 60]
    assert not too_long, "\n".join(too_long)
    assert median(lengths.values()) <= 9
    longest = sorted(lengths, key=lambda name: -lengths[name])[:20]
    assert quantiles(lengths.values(), n=10)[8] <= 30, "\n".join(f"{name} has {lengths[name]} lines" for name in longest)


def test_files_are_short():
    lengths = {source.name: len(source.path.read_text(encoding="utf-8").splitlines()) for source in sources()}
    lengths |= {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
                for path in (ROOT / "deploy").glob("*.py")}
    too_long = [f"{name} has {length} lines" for name, length in lengths.items() if length > 400]
    assert not too_long, "\n".join(too_long)
    in_the_middle = [length for length in lengths.values() if length > 10]
    assert quantiles(in_the_middle, n=10)[8] <= 350
