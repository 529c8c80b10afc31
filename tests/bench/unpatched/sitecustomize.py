"""On PYTHONPATH of a server that is measured without gevent: app/server.py then patches nothing."""

from gevent import monkey

monkey.patch_all = lambda: None
