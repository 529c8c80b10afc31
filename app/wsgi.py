"""What gunicorn serves: the application of this process' settings."""

from app.factory import create_app
from app.settings import load

app = create_app(load())
