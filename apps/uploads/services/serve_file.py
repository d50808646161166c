from typing import Any


def answer(request: Any, value: Any) -> Any:
    raise NotImplementedError
