"""Read by Python before a program begins: Portico under test logs all there is, as `logs.configure_logs` would not.

Nothing of Portico is imported here: its server patches the standard library first.
"""

import logging
from typing import Any

_configure = logging.basicConfig


def _at_debug(**options: Any) -> None:
    _configure(**options | {"level": logging.DEBUG})


logging.basicConfig = _at_debug
