"""Objects as classes of Python: one for the synchronous client, one for the asynchronous."""

from __future__ import annotations

from .py_types import Types, class_name, simple_default
from .tree import Branch, Function, Parameter, Value


class Names:
    """The classes of objects by path; none is called like a type."""

    def __init__(self, taken: set[str]) -> None:
        self._taken = {*taken, "Api", "AsyncApi"}
        self._names = {"": "Api"}

    def give(self, path: str) -> None:
        """Find a name for the object of this path."""
        if path in self._names:
            return
        parts = [part for name in path.split(".") for part in name.split("_")]
        name = class_name("".join(part[:1].upper() + part[1:] for part in parts))
        while {name, f"Async{name}"} & self._taken:
            name = f"{name}Object"
        self._taken |= {name, f"Async{name}"}
        self._names[path] = name

    def of(self, path: str) -> str:
        return self._names[path]


def sync_class(types: Types, names: Names, branch: Branch) -> str:
    """Return the class with properties, and ``stream_<name>`` for generators."""
    head = _head(branch, names.of(branch.path), "SyncClient", "", names)
    parts = [head]
    for name, member in branch.members.items():
        if isinstance(member, Value):
            parts += _properties(types, name, member)
        elif isinstance(member, Function):
            parts.append(_method(types, name, member, "def", ""))
            if member.item is not None:
                parts.append(_stream(types, _free(branch, f"stream_{name}"), member, "def", "Iterator"))
    return "\n".join(parts)


def async_class(types: Types, names: Names, branch: Branch) -> str:
    """Return the class whose attributes are awaited, with ``set_<name>`` and ``delete_<name>``."""
    head = _head(branch, f"Async{names.of(branch.path)}", "Client", "Async", names)
    parts = [head]
    for name, member in branch.members.items():
        if isinstance(member, Value):
            parts += _coroutines(types, branch, name, member)
        elif isinstance(member, Function):
            parts.append(_method(types, name, member, "async def", "await "))
            if member.item is not None:
                free = _free(branch, f"stream_{name}")
                parts.append(_stream(types, free, member, "async def", "AsyncIterator"))
    return "\n".join(parts)


def _head(branch: Branch, name: str, client: str, prefix: str, names: Names) -> str:
    inside = "".join(
        f"        self.{member} = {prefix}{names.of(one.path)}(_client)\n"
        for member, one in branch.branches().items()
    )
    return (
        f"class {name}:\n"
        f"    def __init__(self, _client: {client}) -> None:\n"
        f"        self._client = _client\n{inside}"
    )


def _free(branch: Branch, name: str) -> str:
    while name in branch.members:
        name += "_"
    return name


def _properties(types: Types, name: str, value: Value) -> list[str]:
    kind = types.of(value.schema)
    getter = (
        f'        _answer: {kind} = _read("{value.path}", self._client.get("{value.path}"))\n'
        "        return _answer\n"
        if "r" in value.mode
        else f'        raise AttributeError("{value.path} can only be set")\n'
    )
    parts = [f"    @property\n    def {name}(self) -> {kind}:\n{_doc(value.doc)}{getter}"]
    if "w" in value.mode:
        parts.append(
            f"    @{name}.setter\n    def {name}(self, value: {kind}) -> None:\n"
            f'        self._client.set("{value.path}", value)\n'
        )
    if "d" in value.mode:
        parts.append(
            f"    @{name}.deleter\n    def {name}(self) -> None:\n"
            f'        self._client.delete("{value.path}")\n'
        )
    return parts


def _coroutines(types: Types, branch: Branch, name: str, value: Value) -> list[str]:
    kind = types.of(value.schema)
    parts = []
    if "r" in value.mode:
        get = _free(branch, f"get_{name}")
        parts.append(
            f"    async def {get}(self) -> {kind}:\n{_doc(value.doc)}"
            f'        _answer: {kind} = _read("{value.path}", await self._client.get("{value.path}"))\n'
            "        return _answer\n"
        )
        parts.append(
            f"    @property\n    def {name}(self) -> Coroutine[Any, Any, {kind}]:\n{_doc(value.doc)}"
            f"        return self.{get}()\n"
        )
    if "w" in value.mode:
        parts.append(
            f"    async def {_free(branch, f'set_{name}')}(self, value: {kind}) -> None:\n"
            f'        await self._client.set("{value.path}", value)\n'
        )
    if "d" in value.mode:
        parts.append(
            f"    async def {_free(branch, f'delete_{name}')}(self) -> None:\n"
            f'        await self._client.delete("{value.path}")\n'
        )
    return parts


def _method(types: Types, name: str, function: Function, define: str, wait: str) -> str:
    kind = types.of(function.result)
    args, kwargs = _arguments(function)
    call = f'{wait}{_receiver(function)}._client.apply("{function.path}", {args}, {kwargs})'
    return (
        f"    {define} {name}({_parameters(types, function)}) -> {kind}:\n{_doc(function.doc)}"
        f'        _answer: {kind} = _read("{function.path}", {call})\n'
        "        return _answer\n"
    )


def _stream(types: Types, name: str, function: Function, define: str, iterator: str) -> str:
    assert function.item is not None
    item = types.of(function.item)
    args, kwargs = _arguments(function)
    loop = "for" if define == "def" else "async for"
    items = f'{_receiver(function)}._client.stream("{function.path}", *{args}, **{kwargs})'
    return (
        f"    {define} {name}({_parameters(types, function)}) -> {iterator}[{item}]:\n{_doc(function.doc)}"
        f"        {loop} _item in {items}:\n"
        f'            _answer: {item} = _read("{function.path}[]", _item)\n'
        "            yield _answer\n"
    )


def _receiver(function: Function) -> str:
    return "_self" if any(one.name == "self" for one in function.parameters) else "self"


def _parameters(types: Types, function: Function) -> str:
    told = [_receiver(function)]
    told += [_parameter(types, one) for one in function.of_kind("positional")]
    told += [f"*{one.name}: {types.of(one.schema)}" for one in function.of_kind("rest")]
    keywords = function.of_kind("keyword")
    if keywords and not function.of_kind("rest"):
        told.append("*")
    told += [_parameter(types, one) for one in keywords]
    told += [f"**{one.name}: {types.of(one.schema)}" for one in function.of_kind("named_rest")]
    return ", ".join(told)


def _parameter(types: Types, one: Parameter) -> str:
    kind = types.of(one.schema)
    if one.is_required:
        return f"{one.name}: {kind}"
    default = simple_default(one.schema)
    return f"{one.name}: {kind} = {default}" if default else f"{one.name}: {kind} | UnsetType = UNSET"


def _arguments(function: Function) -> tuple[str, str]:
    """Return what is handed to the client: by name, unless any number of positions may follow."""
    rest = function.of_kind("rest")
    by_name = function.of_kind("keyword") if rest else function.of_kind("positional", "keyword")
    more = "".join(f", **{one.name}" for one in function.of_kind("named_rest"))
    if not rest:
        return "()", _given(by_name, more)
    return f"(*{_given(function.of_kind('positional'))}.values(), *{rest[0].name})", _given(by_name, more)


def _given(parameters: list[Parameter], more: str = "") -> str:
    pairs = ", ".join(f'"{one.name}": {one.name}' for one in parameters)
    return f"_given({{{pairs}{more if pairs else more.removeprefix(', ')}}})"


def _doc(text: str) -> str:
    if not text:
        return ""
    lines = text.replace("\\", "\\\\").replace('"""', "'''").splitlines()
    body = "\n".join(f"        {line}".rstrip() for line in lines[1:])
    return f'        """{lines[0]}' + (f"\n{body}\n        " if body else "") + '"""\n'
