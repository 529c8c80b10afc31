"""Portico: the login, consent and account pages of a deployment of Ory Kratos and Ory Hydra.

Importing this package imports nothing: gunicorn's configuration lies in it and has to run gevent's patches before
anything loads ssl (see app/server.py). The application itself is made by `app.factory.create_app`.
"""

__version__ = "0.1.0"
