"""What pages look like: whose brand a page shows, the files it loads, the operator's templates.

A brand's colours come as a stylesheet of their own, because the content security policy allows no style in a page.
"""

import hashlib
from io import BytesIO
from pathlib import Path
from typing import cast
from urllib.parse import quote

from flask import Blueprint, Flask, Response, abort, g, request, send_file
from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    TemplateNotFound,
    TemplateSyntaxError,
    nodes,
)
from jinja2.meta import find_referenced_templates
from markupsafe import escape

from app.brand.brands import FOLDER, Brands
from app.brand.theme import Theme
from app.deployment import deployment

bp = Blueprint("branding", __name__)

YEAR, HOUR = 365 * 24 * 3600, 3600  # seconds
# Whatever a picture holds, a browser that opens it by itself runs and loads nothing; SVG pictures may have a style.
ALONE = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"


def init_app(app: Flask, brands: Brands, templates_dir: Path | None, root: str) -> None:
    """Give templates `theme()`, `asset()` and the `root` of our paths, and let the operator's stand before ours.

    ValueError if one is wrong.
    """
    app.register_blueprint(bp)
    app.jinja_env.globals.update(theme=theme, provider_marks=lambda: deployment().brands.provider_marks)
    app.jinja_env.globals["root"] = escape(root)
    _version_files(app, brands, root)
    if templates_dir:
        own, ours = FileSystemLoader(templates_dir), FileSystemLoader(str(app.template_folder))
        app.jinja_loader = ChoiceLoader([own, ours, PrefixLoader({"portico": ours})])
        for name in own.list_templates():
            if name.endswith(".html"):
                _check(app.jinja_env, own, name)


def _version_files(app: Flask, brands: Brands, root: str) -> None:
    """Let `asset(name)` be the address of a file with a hash of its content, so that browsers may keep it for good."""
    paths = Path(str(app.static_folder)).iterdir()
    versions = {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in paths}
    versions |= {FOLDER + name: file.version for name, file in brands.files.items()}
    assets = {name: f"{root}{app.static_url_path}/{quote(name)}?v={version}" for name, version in versions.items()}
    app.jinja_env.globals["asset"] = assets.__getitem__

    def max_age(filename: str | None) -> int | None:  # noqa: ARG001 - Flask asks by the name without its folder
        """Seconds a browser may keep a file without asking again; None: it has to ask, as under another version."""
        name, version = request.path.removeprefix(f"{app.static_url_path}/"), request.args.get("v")
        if version is None:
            return HOUR if name.startswith(FOLDER) else None  # what a stylesheet of the operator's names
        return YEAR if version == versions.get(name) else None

    app.get_send_file_max_age = max_age  # type: ignore[method-assign]


def use_brand_of(client_id: str) -> None:
    """From here on this answer belongs to the login, consent or logout of an application: its pages look like it."""
    g.theme = deployment().brands.theme_for(client_id)


def theme() -> Theme:
    """What the page that is rendered looks like."""
    chosen: Theme = g.get("theme") or deployment().brands.common
    return chosen


@bp.get(f"/static/{FOLDER}<path:name>")
def file(name: str) -> Response:
    """A file of a brand, by its exact name; only those that were there at start."""
    brand_file = deployment().brands.files.get(name) or abort(404)
    response = send_file(BytesIO(brand_file.content), brand_file.media_type, etag=brand_file.version)
    response.headers["Content-Security-Policy"] = ALONE
    return response


def _check(env: Environment, loader: FileSystemLoader, name: str) -> None:
    """The operator's template can be used, and there is what it extends: better now than when somebody signs in."""
    try:
        source, _, _ = loader.get_source(env, name)
        for needed in (name, *find_referenced_templates(env.parse(source))):
            env.get_template(needed or name)  # it says None where a name is computed
        if _stands_on_itself(env, name):
            raise ValueError(f"{name} extends itself; ours are called portico/base.html and so on")
    except TemplateSyntaxError as error:
        raise ValueError(f"{name}, line {error.lineno}: {error.message}") from None
    except TemplateNotFound as error:
        raise ValueError(f"{name} asks for {error.name}, which does not exist") from None
    except UnicodeDecodeError:
        raise ValueError(f"{name} is not in UTF-8") from None


def _stands_on_itself(env: Environment, name: str) -> bool:
    """Whether what a template extends, and what that does, comes back to it: no page could be made."""
    seen: list[str] = []
    while name and name not in seen:
        seen.append(name)
        extends = env.parse(cast(BaseLoader, env.loader).get_source(env, name)[0]).find(nodes.Extends)
        name = extends.template.value if extends and isinstance(extends.template, nodes.Const) else ""
    return bool(name)
