"""Portico. This module imports nothing: app/server must apply gevent's patches before anything loads ssl."""

__version__ = "0.1.0"
