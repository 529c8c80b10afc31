# Portico in a container: no compiler, no shell needed, no root, nothing to write but /tmp.
# By digest, so that what is built today is built tomorrow; raised with requirements/:
#   docker buildx imagetools inspect python:3.13-slim
FROM python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b AS build
ENV PIP_NO_CACHE_DIR=1 PIP_NO_DEPS=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements/portico.txt requirements/sandbox.txt requirements/build.txt requirements/otel.txt /tmp/requirements/
RUN /opt/venv/bin/pip install --only-binary :all: --require-hashes -r /tmp/requirements/portico.txt

FROM build AS build-demo
RUN /opt/venv/bin/pip install --only-binary :all: --require-hashes -r /tmp/requirements/sandbox.txt

FROM build AS build-portico
# `docker build --build-arg EXTRAS=otel .`: with what PORTICO_TRACING needs.
ARG EXTRAS=""
RUN for extra in $EXTRAS; do /opt/venv/bin/pip install --only-binary :all: --require-hashes -r /tmp/requirements/$extra.txt; done
RUN pip install --only-binary :all: --require-hashes -r /tmp/requirements/build.txt
WORKDIR /tmp/source
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY templates templates
COPY static static
RUN pip wheel --no-build-isolation --wheel-dir /tmp/wheel . && /opt/venv/bin/pip install --no-index /tmp/wheel/portico-*.whl

FROM python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b AS base
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /srv/portico
USER 10001:10001

# The demo application and its mailbox, for compose.yaml only.
FROM base AS demo
COPY --from=build-demo /opt/venv /opt/venv
COPY hydra/relying_party hydra/relying_party
COPY hydra/clients.json hydra/clients.json
CMD ["python", "-m", "hydra.relying_party", "--clients", "hydra/clients.json", "--issuer", "http://localhost:4444", "--host", "0.0.0.0"]

# The last stage is what `docker build .` makes.
FROM base AS portico
COPY --from=build-portico /opt/venv /opt/venv
ENV PORTICO_LISTEN=0.0.0.0:3000
EXPOSE 3000
# At the port that PORTICO_LISTEN names; a busy server takes seconds to answer.
HEALTHCHECK --interval=10s --timeout=10s --start-period=10s \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:%s/health/alive' % os.environ['PORTICO_LISTEN'].rpartition(':')[2], timeout=9)"]
CMD ["portico", "serve"]
