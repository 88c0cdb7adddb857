"""Promises about the code itself: one way to a decision, no pickles, named errors, small parts."""

import ast
import inspect
import statistics

import pytest

from service import errors
from service.api.problems import STATUS
from tests.architecture.code import Function, functions, imported, modules

DECIDING = "service/use_cases/decide_coding.py"
DECISIONS = "service.store.decisions"

#: What runs code that stands in data.
PICKLING = ("pickle", "_pickle", "cPickle", "joblib", "dill", "cloudpickle", "shelve", "marshal", "skops")
TRUSTING = ("allow_pickle", "trust_remote_code", "trusted", "trust")
SAFE_LOADERS = {"yaml.SafeLoader", "yaml.CSafeLoader"}

ERRORS = [e for _, e in inspect.getmembers(errors, inspect.isclass) if issubclass(e, errors.InklingError)]

LONGEST_FUNCTION = 60
MEDIAN_FUNCTION = 10
LONGEST_MODULE = 400


def test_decisions_are_added_in_one_place() -> None:
    """Only the use case of deciding calls `store.decisions.add`, and it does so once."""
    callers = [path for path, module in modules().items() for _ in _adding(module)]
    assert callers == [DECIDING]


def _adding(module: ast.Module) -> list[ast.AST]:
    """Return the places of a module that reach for the function, under whatever name it is imported."""
    names = _names_of_decisions(module)
    return [
        node
        for node in ast.walk(module)
        if (isinstance(node, ast.Attribute) and node.attr == "add" and ast.unparse(node.value) in names)
        or (isinstance(node, ast.ImportFrom) and node.module == DECISIONS and any(a.name == "add" for a in node.names))
    ]


def _names_of_decisions(module: ast.Module) -> set[str]:
    names = {DECISIONS}
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and node.module == "service.store":
            names |= {alias.asname or alias.name for alias in node.names if alias.name == "decisions"}
            names |= {f"{a.asname or a.name}.decisions" for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "service":
            names |= {f"{a.asname or a.name}.decisions" for a in node.names if a.name == "store"}
        elif isinstance(node, ast.Import):
            names |= {alias.asname for alias in node.names if alias.name == DECISIONS and alias.asname}
    return names


@pytest.mark.parametrize(
    "source",
    [
        "from service.store import decisions\ndecisions.add(c, d)",
        "from service.store import decisions as kept\nput = kept.add",
        "from service.store.decisions import add",
        "import service.store.decisions as kept\nkept.add(c, d)",
        "import service.store.decisions\nservice.store.decisions.add(c, d)",
        "from service import store\nstore.decisions.add(c, d)",
    ],
)
def test_every_way_of_adding_would_be_found(source: str) -> None:
    """The check above sees the function however it is imported."""
    assert len(_adding(ast.parse(source))) == 1


def test_the_table_is_written_in_one_place() -> None:
    """The table of decisions is inserted into by its store module alone, and updated or deleted from by none."""
    writing = {
        (path, node.attr)
        for path, module in modules().items()
        for node in ast.walk(module)
        if isinstance(node, ast.Attribute)
        and node.attr in ("insert", "update", "delete")
        and ast.unparse(node.value) in ("_decisions", "tables.decisions", "decisions")
    }
    assert writing == {("service/store/decisions.py", "insert")}


def test_decisions_are_made_in_one_place() -> None:
    """Only deciding, and reading back, make a `Decision`."""
    makers = {
        path
        for path, module in modules().items()
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Decision"
    }
    assert makers == {DECIDING, "service/store/decisions.py"}


def test_nothing_unpickles() -> None:
    """No module imports a library that runs code from data."""
    found = {(p, n) for p, m in modules().items() for n in imported(m) if n.split(".")[0] in PICKLING}
    assert found == set()


def test_nothing_trusts_what_it_loads() -> None:
    """No call lets a file run code: no allowed pickles, no trusted remote code, no torch.load."""
    found = []
    for path, module in modules().items():
        for node in ast.walk(module):
            if isinstance(node, ast.Call):
                found += [(path, k.arg) for k in node.keywords if k.arg in TRUSTING and not _is_false(k.value)]
                name = ast.unparse(node.func)
                found += [(path, name)] * (name in ("torch.load", "yaml.unsafe_load", "eval", "exec"))
    assert found == []


def test_yaml_is_read_safely() -> None:
    """Where YAML is read with a loader of our own, that is a safe one."""
    for path, module in modules().items():
        safe = {
            node.name
            for node in module.body
            if isinstance(node, ast.ClassDef) and {ast.unparse(base) for base in node.bases} & SAFE_LOADERS
        }
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "yaml.load":
                given = [ast.unparse(a) for a in (*node.args[1:], *(k.value for k in node.keywords))]
                assert given, path
                assert set(given) <= safe | SAFE_LOADERS, path


def _is_false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is False


@pytest.mark.parametrize("error", ERRORS)
def test_every_error_says_what_it_means(error: type[errors.InklingError]) -> None:
    """Each error has a sentence of its own, which is its message where none is given."""
    assert error.__doc__ != (error.__base__ or object).__doc__
    assert str(error()) == (error.__doc__ or "").strip()
    assert str(error()).endswith(".")


@pytest.mark.parametrize("error", ERRORS)
def test_every_error_has_a_status(error: type[errors.InklingError]) -> None:
    """The table of statuses names each error, so that none comes out as an accident."""
    assert error in STATUS


def test_functions_are_short() -> None:
    """No function is longer than 60 lines, and half of them not longer than ten."""
    sizes = {(path, node.name, node.lineno): _lines(node) for path, node in functions()}
    assert {place: size for place, size in sizes.items() if size > LONGEST_FUNCTION} == {}
    assert statistics.median(sizes.values()) <= MEDIAN_FUNCTION


def _lines(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_modules_are_short() -> None:
    """No module is longer than 400 lines."""
    sizes = {path: max((n.end_lineno or 0 for n in module.body), default=0) for path, module in modules().items()}
    assert {path: size for path, size in sizes.items() if size > LONGEST_MODULE} == {}


def test_every_part_says_what_it_is_for() -> None:
    """Every module, and every public class and function at its top level, has a docstring."""
    missing = []
    for path, module in modules().items():
        if not ast.get_docstring(module):
            missing.append(path)
        for node in module.body:
            if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_") or "migrations" in path:
                continue
            if not ast.get_docstring(node):
                missing.append(f"{path}: {node.name}")
    assert missing == []
