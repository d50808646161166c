"""The declaration for TypeScript, and the JavaScript module, as ``tsc`` judges them and their use."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from smallweb.rpc.generate import javascript, typescript
from tests.rpc.openrpc.node import NODE, node_with_packages

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

HERE = Path(__file__).parent


def compiled(folder: Path, *options: str) -> str:
    """Return what the compiler says of all files of the folder; nothing if all is well."""
    files = sorted(str(path) for path in folder.iterdir() if path.suffix in (".js", ".ts"))
    command = [
        node_with_packages(), str(NODE / "node_modules/typescript/lib/tsc.js"), "--strict", "--noEmit",
        "--target", "es2022", "--lib", "es2022,dom", "--module", "es2022", *options, *files,
    ]  # fmt: skip
    ended = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert bool(ended.stdout) == bool(ended.returncode), ended.stderr
    return ended.stdout


def test_right_use_of_the_declaration_compiles_and_wrong_use_does_not(
    document: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "api.ts").write_text(typescript(document))
    (tmp_path / "use.ts").write_text((HERE / "use.ts").read_text())
    assert compiled(tmp_path, "--noUnusedLocals") == ""
    (tmp_path / "use.ts").write_text('import "./api";\nexport const sum = window.rpc.shop.add("4");\n')
    assert "TS2345" in compiled(tmp_path)


def test_the_module_of_javascript_is_checked_too(document: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "api.js").write_text(javascript(document))
    (tmp_path / "use.js").write_text((HERE / "use.js").read_text())
    assert compiled(tmp_path, "--allowJs", "--checkJs") == ""


def test_names_that_mean_something_else_are_evaded(document: dict[str, Any], tmp_path: Path) -> None:
    schemas = document["components"]["schemas"]
    schemas["Promise"] = {"type": "object", "properties": {"odd-name": {"type": "integer"}}, "required": []}
    (add,) = [one for one in document["methods"] if one["name"] == "shop.add"]
    add["params"][0]["name"] = "default"
    add["result"]["schema"] = {"$ref": "#/components/schemas/Promise"}
    document["methods"].append({**add, "name": "shop.then"})
    (tmp_path / "api.ts").write_text(typescript(document))
    use = 'export const odd = async () => (await window.rpc.shop.add(1))["odd-name"]?.toFixed();'
    (tmp_path / "use.ts").write_text(f'import "./api";\n{use}\n')
    assert compiled(tmp_path) == ""
