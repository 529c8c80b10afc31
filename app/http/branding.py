"""What pages look like: whose brand a page wears, and the files it is made of.

A brand's colours come as a stylesheet of their own, because the content security policy allows no style in a page.
"""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Flask, Response, abort, g
from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    TemplateNotFound,
    TemplateSyntaxError,
    meta,
)

from app.brand.brands import PATH, Theme
from app.deployment import deployment

bp = Blueprint("branding", __name__)

YEAR = 365 * 24 * 3600  # seconds
# Whatever a picture holds, a browser that opens it by itself runs and loads nothing; SVG pictures may have a style.
ALONE = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"


def init_app(app: Flask, templates_dir: Path | None) -> None:
    """Give templates `brand()`, and let the operator's templates stand before ours; ValueError if one is wrong."""
    app.jinja_env.globals["brand"] = theme
    app.register_blueprint(bp)
    if templates_dir:
        own, ours = FileSystemLoader(templates_dir), FileSystemLoader(str(app.template_folder))
        app.jinja_loader = ChoiceLoader([own, ours, PrefixLoader({"portico": ours})])
        for name in own.list_templates():
            if name.endswith(".html"):
                _check(app.jinja_env, own, name)


def use_brand_of(client_id: str) -> None:
    """From here on this answer belongs to the login, consent or logout of an application: its pages look like it."""
    g.brand = deployment().brands.of(client_id)


def theme() -> Theme:
    """What the page that is rendered looks like."""
    look: Theme = g.get("brand") or deployment().brands.common
    return look


@bp.get(f"{PATH}/<digest>/<path:name>")
def file(digest: str, name: str) -> Response:
    """A file of a brand, by its exact name; kept for good only under the digest of just these files.

    Under another digest (a replica with other settings) it is better than no file, but not to be kept.
    """
    brands = deployment().brands
    brand_file = brands.files.get(name) or abort(404)
    response = Response(brand_file.content, mimetype=brand_file.media_type)
    kept = f"public, max-age={YEAR}, immutable" if digest == brands.digest else "no-cache"
    response.headers["Cache-Control"] = kept
    response.headers["Content-Security-Policy"] = ALONE
    return response


def _check(env: Environment, loader: BaseLoader, name: str) -> None:
    """The operator's template can be used, and there is what it extends: better now than when somebody signs in."""
    try:
        source, _, _ = loader.get_source(env, name)
        for needed in (name, *meta.find_referenced_templates(env.parse(source))):
            env.get_template(needed or name)  # it says None where a name is computed
    except TemplateSyntaxError as error:
        raise ValueError(f"{name}, line {error.lineno}: {error.message}") from None
    except TemplateNotFound as error:
        raise ValueError(f"{name} asks for {error.name}, which does not exist") from None
    except UnicodeDecodeError:
        raise ValueError(f"{name} is not in UTF-8") from None
