#!/usr/bin/env python3
"""Make the project's virtual environment from its lock file, then run a command in it.

Standard library only. ``python3 bootstrap.py`` lists the commands. The environment is made once: with
uv if that is on PATH, else with venv and pip, for which Debian's python3-venv is installed if it may be.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
LOCKS = {level: ROOT / f"requirements/{level}.txt" for level in ("run", "dev", "bench")}
MATRIX = ("3.12", "3.13")
COMMANDS = {
    "run": "start the project: web server, worker and demo (arguments of manage.py smallweb_up)",
    "test": "run the tests (arguments of pytest)",
    "nightly": "run the tests with the numbers of a night (minutes to an hour)",
    "lint": "check style and format; --fix mends what it can",
    "types": "check the types",
    "bench": "run all benchmarks, or the one named first (the rest are its arguments)",
    "matrix": f"run the tests on Python {' and '.join(MATRIX)} with the newest Django",
    "lock": "resolve the lock files anew",
    "python": "run the environment's Python with these arguments",
}


class BootstrapFailed(Exception):
    """What keeps the command from running, in one sentence that says what to do."""


def main(arguments: Sequence[str]) -> None:
    if sys.version_info < (3, 11):
        raise BootstrapFailed(
            f"This is Python {sys.version.split()[0]}; smallweb needs 3.11 or newer. "
            "Install one and name it: make run PYTHON=python3.11"
        )
    if not arguments or arguments[0] not in COMMANDS:
        raise BootstrapFailed("Usage: python3 bootstrap.py COMMAND [arguments]\n" + _listing())
    os.chdir(ROOT)
    command, rest = arguments[0], list(arguments[1:])
    if command == "lock":
        sys.exit(_write_locks())
    if command == "matrix":
        return _run_matrix(rest)
    # Not sys.executable: with .venv active that is the very environment to be made.
    level = command if command in LOCKS else "dev"
    environment = Environment(ROOT / _folder_of(level), os.path.realpath(sys.executable))
    environment.ensure(level)
    if command == "nightly":
        os.environ["SMALLWEB_NIGHTLY"] = "1"
        os.environ["PYTEST_ADDOPTS"] = "--timeout=0"
        command = "test"
    _run_command(command, rest, environment.python)


def _folder_of(level: str) -> str:
    """The packages that smallweb is measured against fit nowhere else."""
    return ".venv-bench" if level == "bench" else ".venv"


def _listing() -> str:
    return "\n".join(f"  {name:8}{meaning}" for name, meaning in COMMANDS.items())


def _run_command(command: str, rest: list[str], python: str) -> None:
    if command == "run":
        _replace_by(python, "manage.py", "smallweb_up", "--reload", *rest)
    if command == "test":
        # Tests start hundreds of processes, each of which would compile everything anew: 4 s in place of 1.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        # Two processes only for the whole suite: their start costs more than a few tests.
        spread = [] if rest else ["-n", "2", "--dist", "loadfile"]
        _replace_by(python, "-m", "pytest", *spread, *rest)
    if command == "lint":
        checked = _run(python, "-m", "ruff", "check", *rest)
        formatted = _run(python, "-m", "ruff", "format", *([] if "--fix" in rest else ["--check"]))
        sys.exit(checked or formatted)
    if command == "types":
        _replace_by(python, "-m", "mypy", *rest)
    if command == "bench":
        known = sorted(path.stem for path in Path("bench").glob("[!_]*.py"))
        names = [rest.pop(0)] if rest and rest[0] in known else known
        sys.exit(max(_run(python, "-m", f"bench.{name}", *rest) for name in names))
    _replace_by(python, *rest)


def _run_matrix(rest: list[str]) -> None:
    failed = []
    for version in MATRIX:
        python = _find_python(version)
        environment = Environment(ROOT / f".venv-{version}", python, newest=["django"])
        environment.ensure("dev")
        print(f"Python {version}:", flush=True)
        # What a newer Django deprecates is told, but fails nothing: the release in the lock decides.
        told = ["-W", "default::DeprecationWarning", "-W", "default::PendingDeprecationWarning"]
        if _run(environment.python, "-m", "pytest", *told, *rest):
            failed.append(version)
    if failed:
        raise BootstrapFailed(f"The tests failed on Python {' and '.join(failed)}.")


def _find_python(version: str) -> str:
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for python in [
        *sorted(pyenv.glob(f"{version}.*/bin/python"), reverse=True),
        shutil.which(f"python{version}"),
    ]:
        if python and subprocess.run([python, "--version"], capture_output=True).returncode == 0:
            return str(python)
    raise BootstrapFailed(f"No python{version} on PATH or in pyenv; install one: pyenv install {version}.")


def _write_locks() -> int:
    common = ["--universal", "--python-version=3.11", "--generate-hashes", "--no-annotate", "--quiet"]
    common += [
        "--no-emit-index-url",
        "--no-emit-find-links",
        "--custom-compile-command=make lock",
        "--all-extras",
    ]
    if not shutil.which("uv"):
        raise BootstrapFailed("make lock needs uv on PATH; install it: pipx install uv.")
    compiled = ["uv", "pip", "compile", "pyproject.toml", *common, "--upgrade"]
    run, *others = LOCKS
    locks = {level: str(lock.relative_to(ROOT)) for level, lock in LOCKS.items()}
    failed = _run(*compiled, f"--group={run}", "-o", locks[run])
    for level in others:
        groups = [f"--group={run}", f"--group={level}"]
        failed = failed or _run(*compiled, *groups, "-c", locks[run], "-o", locks[level])
    return failed


class Environment:
    """A virtual environment in ``path``, made with ``base_python``.

    Its stamp says which lock it was made from and is written last: an environment without the right
    stamp is out of date or was interrupted, and is made anew.
    """

    def __init__(self, path: Path, base_python: str, newest: Sequence[str] = ()) -> None:
        self.path = path
        self.base_python = base_python
        self.newest = newest
        self.python = str(path / "bin/python")
        self.stamp = path / "smallweb.stamp"

    def ensure(self, level: str) -> None:
        """Make the environment hold the packages of the level's lock; "dev" holds those of "run" too."""
        if self.holds(level):
            return
        with _only_one():
            if self.holds(level):
                return
            if not self.holds("run"):
                self._create()
            self.stamp.unlink(missing_ok=True)
            self._install("-r", str(LOCKS[level]), "--require-hashes")
            self._install("--no-deps", "--no-build-isolation", "-e", str(ROOT))
            if self.newest:
                self._install("--upgrade", *self.newest)
            self.write_stamp(level)

    def holds(self, level: str) -> bool:
        try:
            held, fingerprint = self.stamp.read_text().split()
        except (OSError, ValueError):
            return False
        return fingerprint == self._fingerprint() and held in (level, "dev")

    def write_stamp(self, level: str) -> None:
        self.stamp.write_text(f"{level} {self._fingerprint()}")

    def _fingerprint(self) -> str:
        import tomllib

        project = tomllib.loads((ROOT / "pyproject.toml").read_text())
        parts = [project["build-system"], project["project"], project["tool"]["setuptools"]["package-dir"]]
        text = repr([str(ROOT), self.base_python, sys.version, self.newest, parts])
        locks = b"".join(lock.read_bytes() for lock in LOCKS.values())
        return hashlib.sha256(text.encode() + locks).hexdigest()

    def _create(self) -> None:
        print(f"Making {self.path.name} from requirements/ (once) ...", file=sys.stderr, flush=True)
        shutil.rmtree(self.path, ignore_errors=True)
        if shutil.which("uv"):
            _must("uv", "venv", "--quiet", "--python", self.base_python, str(self.path))
        else:
            _ensure_venv_module(self.base_python)
            _must(self.base_python, "-m", "venv", str(self.path))

    def _install(self, *what: str) -> None:
        if shutil.which("uv"):
            _must("uv", "pip", "install", "--quiet", "--python", self.python, *what)
        else:
            quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
            _must(self.python, "-m", "pip", "install", *quiet, *what)


@contextlib.contextmanager
def _only_one() -> Iterator[None]:
    """Wait until no other process makes an environment here; the lock goes with its process."""
    with Path(__file__).open() as this_file:
        try:
            fcntl.flock(this_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another bootstrap.py to finish ...", file=sys.stderr, flush=True)
            fcntl.flock(this_file, fcntl.LOCK_EX)
        yield


def _ensure_venv_module(python: str) -> None:
    """Let ``python`` make environments: Debian ships it without ensurepip, which python3-venv brings."""
    if _can_make_environments(python):
        return
    prefix = _apt_prefix() if shutil.which("apt-get") else None
    if prefix is not None:
        apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
        subprocess.run([*apt, "update"], capture_output=True)
        subprocess.run([*apt, "install", "--yes", "python3-venv"], capture_output=True)
    if not _can_make_environments(python):
        raise BootstrapFailed(
            f"{python} cannot make virtual environments; type: sudo apt install python3-venv (or install uv)."
        )


def _can_make_environments(python: str) -> bool:
    return subprocess.run([python, "-c", "import venv, ensurepip"], capture_output=True).returncode == 0


def _apt_prefix() -> list[str] | None:
    """Return what goes before apt-get here, None if this user may not use it."""
    if os.geteuid() == 0:
        return []
    asked = ["sudo", "-n"]
    allowed = shutil.which("sudo") and subprocess.run([*asked, "true"], capture_output=True).returncode == 0
    return asked if allowed else None


def _run(*command: str) -> int:
    return subprocess.run(command).returncode


def _must(*command: str) -> None:
    status = _run(*command)
    if status:
        raise BootstrapFailed(f"'{' '.join(command)}' ended with status {status}; its message stands above.")


def _replace_by(*command: str) -> NoReturn:
    sys.stdout.flush()
    os.execv(command[0], command)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except BootstrapFailed as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
