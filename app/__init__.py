"""Portico, the pages of Ory Kratos and Hydra. It imports nothing: app/server.py patches by gevent before ssl loads."""

__version__ = "0.1.0"
