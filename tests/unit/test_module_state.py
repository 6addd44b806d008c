"""Modules hold constants and no state: what a program does with one application never shows in another.

The source is read, not run. A name at the top of a module, or of a class, may be bound to what cannot change;
to a list, a dictionary or a set only where its type says that nobody writes to it; to nothing else that
changes. `global` is not said, what a function remembers is listed below, and no function writes to what is at
the top of its module.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

SOURCE: Final = Path(__file__).parents[2] / "src"

ALLOWED: Final[Mapping[str, str]] = {
    "database.reach._AT_ONCE": "of one call and what it calls, in its own context",
    "discovery._importing": "guards sys.modules, which is the process's in any case",
    "discovery._discover": "answers from its arguments alone: modules, which do not change",
    "runtime.runtime._kept": "the default of the library; whoever passes a runtime on never meets it",
    "cli.key_limit_options._RATE": "how an option is read",
    "cli.key_limit_options._COUNT": "how an option is read",
    "cli.erase.FILE": "how a path is read",
    "codecs.suppressed_warnings._lock": "guards the filters of warnings, which Python has once a process",
    "codecs.suppressed_warnings._inside": "the same",
    "codecs.suppressed_warnings._catcher": "the same",
    "codecs.tiff.fax_codes.run_codes": "made from constants",
    "colour.icc_profile.read_profile": "answers from its argument alone: the bytes of a profile",
    "compositing.label._cjk_font": "a file of the machine's, read once",
    "tasks.process_start._STARTING": "guards environment and main module, which Python has once a process",
    "runtime.threads._pool": "idle threads, as many as cores; they hold nothing between two calls",
    **dict.fromkeys(
        (
            "prompts.material_words._patterns",
            "prompts.material_words.materials",
            "prompts.object_words._nouns",
            "prompts.positions.sides",
            "prompts.positions.words_of_sides",
            "prompts.chinese_things._ends",
            "prompts.chinese_things._nouns",
            "prompts.chinese_things._suspect",
            "prompts.english_things._phrase_words",
            "prompts.removal_words._chinese",
            "prompts.removal_words._english",
            "prompts.style_words._patterns",
            "prompts.style_words.styles",
            "prompts.text_words._chinese_words",
            "prompts.text_words._marks",
            "prompts.text_words._scripts",
            "prompts.text_words._signed",
            "prompts.text_words._words_of",
            "prompts.word_tables.word_table",
        ),
        "a table that is a file of the package, read once",
    ),
    "tasks.simulation.stand_in": "made from constants",
    "usage.metering._record": "answers from its argument alone: a function of a module",
    "tasks.whole_success.whole_success": "the same",
    **dict.fromkeys(("tasks.fleet._BEAT", "tasks.fleet._LEAVE", "tasks.fleet._REST"), "made from constants"),
    "telemetry.request_id": "each request and each thread sees its own",
}
"""By module and name, and why no two applications can tell."""

READ_ONLY: Final = frozenset({"Mapping", "Sequence", "Set", "frozenset", "tuple", "Collection", "Iterable"})
"""Types by which nothing can be written."""
NO_STATE: Final = frozenset(
    {
        *(
            "frozenset",
            "tuple",
            "str",
            "bytes",
            "bool",
            "int",
            "float",
            "slice",
            "range",
            "len",
            "min",
            "max",
            "sum",
        ),
        *("re.compile", "struct.Struct", "bytes.maketrans", "str.maketrans", "MappingProxyType", "partial"),
        *("TypeVar", "ParamSpec", "NewType", "namedtuple", "logging.getLogger", "getLogger", "Path"),
        *("IPv4Network", "IPv6Network", "ip_network", "SettingsConfigDict", "ConfigDict", "Field", "field"),
        *("timezone", "replace", "join", "NDArray", "Floats"),
        *(
            "MetaData",
            "Table",
            "bindparam",
            "in_",
            "is_",
            "extract",
            "and_",
            "where",
            "order_by",
            "select",
            "Select",
        ),  # SQLAlchemy's descriptions of tables and queries
    }
)
"""What may be called at the top of a module, beside the libraries below, and what such a call may return."""
LIBRARIES: Final = ("np.", "click.")
"""Arrays are held to the last rule alone; options of a command line are read and never written to."""
CHANGES: Final = frozenset(
    {
        *("append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse", "update", "setdefault"),
        *("popitem", "add", "discard", "appendleft", "popleft", "fill", "resize", "put", "partition"),
    }
)
"""Methods that write to what they are called on."""
CACHES: Final = frozenset({"cache", "lru_cache", "functools.cache", "functools.lru_cache"})


@dataclass(frozen=True)
class Known:
    """What the names of the whole source stand for, as far as this test asks.

    Attributes:
        frozen: classes whose instances do not change.
        returns: of functions, the names of what those that are called so return.
    """

    frozen: set[str] = field(default_factory=set)
    returns: dict[str, set[str]] = field(default_factory=dict)

    def is_constant(self, called: str) -> bool:
        name = called.rpartition(".")[2]
        made = self.returns.get(name, {name})
        return (
            called in NO_STATE or called.startswith(LIBRARIES) or made <= self.frozen | NO_STATE | READ_ONLY
        )


def known(trees: Sequence[ast.Module]) -> Known:
    found = Known()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.ClassDef) and _is_frozen(node):
            found.frozen.add(node.name)
        if isinstance(node, ast.FunctionDef) and node.returns is not None:
            found.returns.setdefault(node.name, set()).add(_head(node.returns))
    return found


def _is_frozen(node: ast.ClassDef) -> bool:
    bases = {_head(base) for base in node.bases}
    decorated = any("frozen=True" in ast.unparse(decorator) for decorator in node.decorator_list)
    return decorated or bool(bases & {"NamedTuple", "Enum", "StrEnum", "IntEnum"})


def _head(node: ast.expr) -> str:
    """`Mapping` of "Mapping[str, int]", quoted or not."""
    text = node.value if isinstance(node, ast.Constant) else ast.unparse(node)
    return str(text).partition("[")[0].rpartition(".")[2]


def faults(tree: ast.Module, source: Known) -> Iterator[tuple[str, str]]:
    """Names, and what is wrong with them."""
    tops = set[str]()
    source = Known(source.frozen, source.returns | known([tree]).returns)  # its own functions first
    bodies = [tree.body, *(node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef))]
    for body in bodies:
        for name, annotation, value in _bound(body):
            if name == "__all__":
                continue  # a list by Python's own custom
            if body is tree.body:
                tops.add(name)
            if why := _state(annotation, value, source):
                yield name, why
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            yield from ((name, "global") for name in node.names)
        if isinstance(node, ast.FunctionDef) and (CACHES & {_called(one) for one in node.decorator_list}):
            yield node.name, "it remembers"
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from ((name, "it is written to") for name in _written(node) if name in tops)


def _bound(body: Sequence[ast.stmt]) -> Iterator[tuple[str, ast.expr | None, ast.expr]]:
    for node in body:
        if isinstance(node, ast.Assign):
            yield from ((ast.unparse(target), None, node.value) for target in node.targets)
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            yield ast.unparse(node.target), node.annotation, node.value
        if isinstance(node, ast.If | ast.Try | ast.With | ast.For):
            yield from _bound(node.body)


def _state(annotation: ast.expr | None, value: ast.expr, source: Known) -> str:
    """Why the value is state, or ""."""
    if isinstance(value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp):
        return "" if _is_read_only(annotation) else "it can be written to, says its type"
    if isinstance(value, ast.BinOp):
        return _state(annotation, value.left, source)  # what comes out is of its kind
    if isinstance(value, ast.Tuple):
        return next((why for part in value.elts if (why := _state(annotation, part, source))), "")
    if not isinstance(value, ast.Call) or source.is_constant(_called(value)) or _is_read_only(annotation):
        return ""
    return f"{_called(value)} makes something that may change"


def _is_read_only(annotation: ast.expr | None) -> bool:
    if isinstance(annotation, ast.Subscript) and _head(annotation) in ("Final", "ClassVar"):
        annotation = annotation.slice
    return annotation is not None and _head(annotation) in READ_ONLY


def _called(node: ast.expr) -> str:
    return ast.unparse(node.func if isinstance(node, ast.Call) else node)


def _written(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """Names that are not the function's own and of which it changes the content."""
    own = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and _is_stored(node)}
    own |= {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    for node in ast.walk(function):
        target: ast.expr | None = None
        if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            target = node.value
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGES:
            target = node.func.value
        if isinstance(target, ast.Name) and target.id not in own:
            yield target.id


def _is_stored(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


def _trees() -> dict[str, ast.Module]:
    paths = sorted((SOURCE / "cleanplate").rglob("*.py"))
    names = (".".join(path.relative_to(SOURCE / "cleanplate").with_suffix("").parts) for path in paths)
    return {name: ast.parse(path.read_text()) for name, path in zip(names, paths, strict=True)}


def test_no_module_holds_state() -> None:
    trees = _trees()
    assert len(trees) > 300
    source = known(list(trees.values()))
    found = {f"{module}.{name}": why for module, tree in trees.items() for name, why in faults(tree, source)}
    assert {name: why for name, why in found.items() if name not in ALLOWED} == {}
    assert set(ALLOWED) <= set(found), "what is allowed is there"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("_seen = []", "_seen"),
        ("_seen: list[int] = []", "_seen"),
        ("_seen: Final = {}", "_seen"),
        ("_seen: Final[dict[str, int]] = {}", "_seen"),
        ("_seen = {one for one in ()}", "_seen"),
        ("_seen = dict()", "_seen"),
        ("_seen = defaultdict(list)", "_seen"),
        ("_lock = threading.Lock()", "_lock"),
        ("_pair = (1, [])", "_pair"),
        ("_both = dict(a=1) | dict(b=2)", "_both"),
        ("if True:\n    _seen = []", "_seen"),
        ("class A:\n    seen = []", "seen"),
        ("class A: ...\n_one = A()", "_one"),
        ("@dataclass\nclass A: ...\n_one = A()", "_one"),
        ("def make() -> dict[str, int]: ...\n_made = make()", "_made"),
        ("_count = 0\ndef f():\n    global _count\n    _count += 1", "_count"),
        ("@cache\ndef f(): ...", "f"),
        ("@functools.lru_cache(maxsize=2)\ndef f(): ...", "f"),
        ("_seen: Mapping[str, int] = {}\ndef f():\n    _seen['a'] = 1", "_seen"),
        ("_seen: Mapping[str, int] = {}\ndef f():\n    del _seen['a']", "_seen"),
        ("_seen: Sequence[int] = []\ndef f():\n    _seen.append(1)", "_seen"),
        ("_table = np.zeros(3)\ndef f():\n    _table[0] = 1", "_table"),
        ("_table = np.zeros(3)\ndef f():\n    _table[0] += 1", "_table"),
    ],
)
def test_state_is_seen(text: str, name: str) -> None:
    tree = ast.parse(text)
    assert name in dict(faults(tree, known([tree])))


@pytest.mark.parametrize(
    "text",
    [
        "_KNOWN = (1, 'a', frozenset({2}))",
        "_KNOWN: Final[Mapping[str, int]] = {'a': 1}",
        "_KNOWN: Mapping[str, int] = {'a': 1}",
        "_KNOWN: 'Sequence[int]' = [1]",
        "_WORD = re.compile('a')",
        "_TABLE = np.zeros(3)\ndef f():\n    _TABLE = np.ones(3)\n    _TABLE[0] = 1",
        "@dataclass(frozen=True, slots=True)\nclass A: ...\n_ONE = A()",
        "class A(NamedTuple): ...\n_ONE = A()",
        "def make() -> tuple[int, ...]: ...\n_MADE = make()",
        "def f(seen):\n    seen.append(1)",
        "def f():\n    seen = []\n    seen.append(1)",
        "class A:\n    @cached_property\n    def b(self): ...",
    ],
)
def test_constants_pass(text: str) -> None:
    tree = ast.parse(text)
    assert list(faults(tree, known([tree]))) == []
