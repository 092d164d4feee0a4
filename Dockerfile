# docker build -t deskhand .      See compose.yaml for a whole installation with Postgres.

# By digest, since a tag can be moved: python:3.12-slim for all architectures.
FROM python:3.12-slim@sha256:78387bc3881b8273120a12ebe6c1ab22b018ccc2c9adf565ae1ac9b536e184ea AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
WORKDIR /src
# The dependencies first: this layer stays cached until they change.
COPY requirements.lock ./
RUN /venv/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY services services
COPY migrations migrations
RUN /venv/bin/pip install --no-deps --no-build-isolation .

FROM python:3.12-slim@sha256:78387bc3881b8273120a12ebe6c1ab22b018ccc2c9adf565ae1ac9b536e184ea
# /data holds the embedded Postgres when DATABASE_URL is unset. The folder is made before VOLUME
# so that new volumes are owned by the account that runs the desk: Postgres refuses to run as root.
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin deskhand \
    && install -d -o deskhand -g deskhand -m 0700 /data
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
USER deskhand
WORKDIR /data
VOLUME /data
EXPOSE 3000
# The first start migrates before it is healthy. The slim image has no curl.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/healthz', timeout=4)"]
ENTRYPOINT ["deskhand"]
CMD ["serve"]
