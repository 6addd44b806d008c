"""Machine code: made by numba and LLVM, loaded by LLVM alone.

The function that is called is numba's own, `status f(result *, exception **, arguments ...)`; a status other
than `_OK` and `_NONE` is an exception, and whoever writes a kernel sees to it that there is none. It has
dozens of arguments, which ctypes would take long to pass, so that a function of one argument stands before
it: the address of words of 64 bits, in which they lie one after the other.
"""

import ctypes
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

import llvmlite
import llvmlite.binding as llvm

if TYPE_CHECKING:
    from cleanplate.compiled import Kernel

_OK, _NONE = 0, -2
_FROM_WORD: Final[Mapping[str, str]] = {
    "i1": "trunc i64 {} to i1",
    "i8": "trunc i64 {} to i8",
    "i32": "trunc i64 {} to i32",
    "i64": "add i64 {}, 0",
    "ptr": "inttoptr i64 {} to ptr",
    "float": "fptrunc double {} to float",
    "double": "fadd double {}, -0.0",
}
"""LLVM's types, and how each is made of a word."""
_REAL: Final = frozenset({"float", "double"})
_ENTRY: Final = "cleanplate_entry"
_IN_EVERY_PROCESS: Final = frozenset({"memcpy", "memmove", "memset"})
"""What code may call that is not in it."""
_OPTIMISED: Final = 3
_RULE: Final = "a kernel makes no array: what it works in is given to it"


@dataclass(frozen=True, slots=True)
class MachineCode:
    """One compiled function.

    Attributes:
        name: for errors.
        result: `bool`, `int` or "": what it returns.
        words: the format of its arguments, as `struct` has it.
        object_file: ELF, Mach-O or COFF, for the processor that made it.
    """

    name: str
    result: str
    words: str
    object_file: bytes


def processor() -> str:
    """Whose machine code runs here: its compiler, system, processor, and what that can do."""
    features = llvm.get_host_cpu_features().flatten()
    return f"{llvmlite.__version__} {llvm.get_process_triple()} {llvm.get_host_cpu_name()} {features}"


def _machine() -> llvm.TargetMachine:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=_OPTIMISED,
        reloc="static" if target.name.startswith("x86") else "default",  # as numba has it
        codemodel="jitdefault",
        jit=True,
    )


def compile_code(kernel: "Kernel[Any, Any]", given: tuple[Any, ...]) -> MachineCode:
    """Have numba compile it for arguments of these kinds. Seconds.

    Raises:
        ImportError, OSError: numba cannot be loaded.
        TypeError: the kernel raises, makes an array, or takes what has no plain layout.
    """
    import numba

    dispatcher = _dispatcher(kernel, {})
    signature = tuple(
        numba.typeof(one)  # type: ignore[no-untyped-call]
        for one in given
    )
    try:
        dispatcher.compile(signature)
    except numba.core.errors.NumbaError as error:
        raise TypeError(f"{kernel.name} cannot be compiled; {_RULE}\n{error}") from error
    overload = dispatcher.overloads[signature]
    module = llvm.parse_assembly(dispatcher.inspect_llvm(signature))
    function = module.get_function(overload.fndesc.llvm_func_name)
    _check_self_contained(kernel, module)
    returns = str(overload.signature.return_type)
    result = {"none": "", "bool": "bool", "boolean": "bool", "int64": "int"}.get(returns)
    types = [str(one.type) for one in function.arguments]
    if result is None or not set(types) <= _FROM_WORD.keys():
        raise TypeError(f"{kernel.name} takes {types} and returns {returns}")
    module.link_in(llvm.parse_assembly(_entry(function.name, types)))
    words = "".join("d" if name in _REAL else "q" for name in types)
    return MachineCode(kernel.name, result, words, _machine().emit_object(module))


def _entry(name: str, types: Sequence[str]) -> str:
    """The function of one argument, in LLVM's assembly."""
    lines = []
    for number, kind in enumerate(types):
        word = "double" if kind in _REAL else "i64"
        lines += [
            f"%at{number} = getelementptr i64, ptr %words, i64 {number}",
            f"%word{number} = load {word}, ptr %at{number}",
            f"%as{number} = {_FROM_WORD[kind].format(f'%word{number}')}",
        ]
    given = ", ".join(f"{kind} %as{number}" for number, kind in enumerate(types))
    body = "\n".join(lines)
    return f"""
declare i32 @"{name}"({", ".join(types)})
define i32 @{_ENTRY}(ptr %words) {{
{body}
%status = call i32 @"{name}"({given})
ret i32 %status
}}"""


def _dispatcher(kernel: "Kernel[Any, Any]", made: dict[int, Any]) -> Any:
    """numba's own of the kernel and of every kernel that it calls."""
    from numba import njit

    from cleanplate.compiled import Kernel

    if id(kernel) not in made:
        function = kernel.function
        names = {
            name: _dispatcher(value, made)
            for name in function.__code__.co_names
            if isinstance(value := function.__globals__.get(name), Kernel)
        }
        own = FunctionType(
            function.__code__, {**function.__globals__, **names}, function.__name__, function.__defaults__
        )
        own.__kwdefaults__, own.__module__ = function.__kwdefaults__, function.__module__
        # fastmath: sums may be taken in another order, which is what lets them run in vectors
        options: dict[str, Any] = {
            "nogil": True,
            "fastmath": True,
            "inline": "always" if kernel.inline else "never",
            "no_cpython_wrapper": True,
            "no_cfunc_wrapper": True,
            "_nrt": False,  # without numba nobody counts references
        }
        made[id(kernel)] = njit(**options)(own)
    return made[id(kernel)]


def _check_self_contained(kernel: "Kernel[Any, Any]", module: llvm.ModuleRef) -> None:
    """Raises `TypeError` where the code would call what is not there without numba."""
    calls = {one.name for one in module.functions if one.is_declaration} - _IN_EVERY_PROCESS
    if foreign := sorted(name for name in calls if not name.startswith("llvm.")):
        raise TypeError(f"{kernel.name} calls {', '.join(foreign)}; {_RULE}")


def load_code(code: MachineCode) -> Callable[[list[Any]], Any]:
    """The function in the code: it takes what `arguments.take` makes of its arguments."""
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code.object_file))
    engine.finalize_object()
    entry = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_char_p)(engine.get_function_address(_ENTRY))
    pack = struct.Struct(code.words).pack

    def native(words: list[Any]) -> Any:
        result, exception = ctypes.c_int64(), ctypes.c_void_p()
        status = entry(pack(ctypes.addressof(result), ctypes.addressof(exception), *words))
        if status not in (_OK, _NONE):
            raise RuntimeError(f"the kernel {code.name} ended with status {status}")
        if not code.result:
            return None
        return bool(result.value) if code.result == "bool" else result.value

    native.engine = engine  # type: ignore[attr-defined]  # the code lives as long as it can be called
    return native
