"""Portico, the pages of Ory Kratos and Hydra. It imports nothing: app/server patches by gevent before ssl loads."""

__version__ = "0.1.0"
