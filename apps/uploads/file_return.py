from dataclasses import dataclass


@dataclass(frozen=True)
class FileReturn:
    pass
