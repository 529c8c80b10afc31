"""Imported by what forks stand-ins: their keys are made once, each of which takes a twelfth of a second."""

from typing import Any

from joserfc.jwk import RSAKey

_key = RSAKey.generate_key(2048).raw_value


def _same(_size: int = 2048, parameters: Any = None) -> RSAKey:
    return RSAKey(_key, _key, parameters)


RSAKey.generate_key = staticmethod(_same)  # type: ignore[assignment, method-assign]
