"""The look of pages: the brand of each page, its files, the operator's templates."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from flask import Blueprint, Flask, Response, abort, request, send_file
from jinja2 import Environment, TemplateNotFound, TemplateSyntaxError, loaders, nodes
from jinja2.meta import find_referenced_templates
from markupsafe import escape

from app.brand.brands import FOLDER, Brands
from app.brand.theme import Theme
from app.deployment import deployment
from app.http import here
from app.http.security import A_YEAR

bp = Blueprint("branding", __name__)

NAMES = "ours are called portico/base.html and so on"
HOUR = 3600  # seconds
# For a file opened by itself: whatever it contains, the browser runs and loads nothing; SVG may have styles.
ALONE = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"


def init_app(app: Flask, brands: Brands, templates_dir: Path | None, root: str) -> None:
    """Give templates `theme()`, `asset()` and `root`; raise ValueError for mistakes in the operator's templates."""
    app.register_blueprint(bp)
    app.jinja_env.globals.update(theme=theme, provider_marks=lambda: deployment().brands.provider_marks)
    app.jinja_env.globals["root"] = escape(root)
    _version_files(app, brands, root)
    if templates_dir:
        own, ours = loaders.FileSystemLoader(templates_dir), loaders.FileSystemLoader(str(app.template_folder))
        app.jinja_loader = loaders.ChoiceLoader([own, ours, loaders.PrefixLoader({"portico": ours})])
        known = set(app.jinja_env.list_templates())
        check_all(partial(_check, app.jinja_env, known), names_of(templates_dir))


def _version_files(app: Flask, brands: Brands, root: str) -> None:
    """Make `asset(name)` an address with a hash of the file's content, so that browsers can cache it for ever."""
    paths = Path(str(app.static_folder)).iterdir()
    versions = {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in paths}
    versions |= {FOLDER + name: file.version for name, file in brands.files.items()}
    assets = {name: f"{root}{app.static_url_path}/{quote(name)}?v={version}" for name, version in versions.items()}
    app.jinja_env.globals["asset"] = assets.__getitem__

    def max_age(filename: str | None) -> int | None:  # noqa: ARG001 - Flask passes the name without its folder
        """Return the seconds for which a browser may cache a file; None, also for another version: it has to ask."""
        name, version = request.path.removeprefix(f"{app.static_url_path}/"), request.args.get("v")
        if version is None:
            return HOUR if name.startswith(FOLDER) else None  # a file that the operator's stylesheet loads
        return A_YEAR if version == versions.get(name) else None

    app.get_send_file_max_age = max_age  # type: ignore[method-assign]


def use_brand_of(client_id: str) -> None:
    """Show the brand of this application on the page of this request."""
    here.notes()["theme"] = deployment().brands.theme_for(client_id)


def theme() -> Theme:
    """Return the theme of the page of this request."""
    notes = here.notes()
    chosen: Theme = notes.get("theme") or notes.setdefault("theme", deployment().brands.common)
    return chosen


@bp.get(f"/static/{FOLDER}<path:name>")
def file(name: str) -> Response:
    """Serve a brand's file by its exact name; only files that existed at start."""
    brand_file = deployment().brands.files.get(name) or abort(404)
    response = send_file(BytesIO(brand_file.content), brand_file.media_type, etag=brand_file.version)
    response.headers["Content-Security-Policy"] = ALONE
    return response


def names_of(own: Path) -> list[str]:
    """Return the names of the operator's templates."""
    return [name for name in loaders.FileSystemLoader(own).list_templates() if name.endswith(".html")]


def lineage(env: Environment, name: str) -> Iterator[tuple[str, nodes.Template]]:
    """Yield a template and those that it extends, the nearest first; a loop ends with the first repeated one."""
    seen: set[str] = set()
    while name:
        tree = env.parse(cast(loaders.BaseLoader, env.loader).get_source(env, name)[0])
        yield name, tree
        extends = None if name in seen else tree.find(nodes.Extends)
        seen.add(name)
        name = extends.template.value if extends and isinstance(extends.template, nodes.Const) else ""


def check_all(check: Callable[[Any], None], parts: Iterable[Any]) -> None:
    """Check all parts; raise one ValueError with all mistakes."""
    wrong: list[Any] = []
    for part in parts:
        try:
            check(part)
        except ValueError as error:
            wrong += error.args
    if wrong:
        raise ValueError(*wrong)


def _check(env: Environment, known: set[str], name: str) -> None:
    """Raise ValueError if an operator's template, or one that it extends, cannot be used; else a sign-in would fail."""
    try:
        source, _, _ = cast(loaders.BaseLoader, env.loader).get_source(env, name)
        env.get_template(name)
    except TemplateSyntaxError as error:
        raise ValueError(f"{name}, line {error.lineno}: {error.message}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{name} is not in UTF-8") from None
    except OSError:
        raise ValueError(f"{name} cannot be read") from None
    for line, needed in references(env.parse(source)):
        if not needed:
            raise ValueError(f'{name}, line {line}: "" is the name of no template; {NAMES}')
        if needed not in known:
            raise ValueError(f"{name}, line {line}: asks for {needed}, which does not exist")
    names: list[str] = []
    with suppress(TemplateSyntaxError, TemplateNotFound, UnicodeDecodeError, OSError):  # reported for that template
        names += [parent for parent, _ in lineage(env, name)]
    if len(set(names)) < len(names):
        raise ValueError(f"{name} extends itself; {NAMES}")


def references(tree: nodes.Template) -> Iterator[tuple[int, str]]:
    """Yield line and name of each template that this one extends, includes or imports by a constant name."""
    for node in tree.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
        names = find_referenced_templates(nodes.Template([node]))
        yield from ((node.lineno, name) for name in names if name is not None)
