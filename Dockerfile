# The server in a container: docs/docker.md. tests/container/try_it.py runs these steps where no container runtime is.

FROM debian:trixie-slim AS build
# Debian keeps no older versions that could be pinned
# hadolint ignore=DL3008
RUN apt-get update -q \
 && apt-get install -q -y --no-install-recommends ca-certificates python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /build
# pip stays here: it installs into the environment that is copied, and isn't in it
RUN python3 -m venv pip && python3 -m venv --without-pip /app
# `gpu` has torch too, for workers with a GPU: docs/docker.md
ARG REQUIREMENTS=server
COPY requirements/server.txt requirements/gpu.txt ./
RUN pip/bin/pip --python /app/bin/python install -q --no-cache-dir --no-deps --require-hashes -r "$REQUIREMENTS.txt" \
 && find /app/lib -type d -name tests -prune -exec rm -r {} +
COPY pyproject.toml README.md LICENSE ./
COPY src src
# Compiled for the processor of the machine that builds; another one compiles again, beside the start of the server
RUN pip/bin/pip --python /app/bin/python install -q --no-cache-dir --no-deps --no-build-isolation . \
 && NUMBA_CACHE_DIR=/app/kernels /app/bin/cleanplate warm

FROM debian:trixie-slim
# hadolint ignore=DL3008
RUN apt-get update -q \
 && apt-get install -q -y --no-install-recommends ca-certificates python3 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --user-group --no-create-home --home-dir /data cleanplate \
 && install -d -o cleanplate -g cleanplate /data /data/models
COPY --from=build /app /app
ENV PATH=/app/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    NUMBA_CACHE_DIR=/tmp/kernels \
    CLEANPLATE_HOST=0.0.0.0 \
    CLEANPLATE_PORT=8080 \
    CLEANPLATE_DATA=/data/server \
    CLEANPLATE_MODELS=/data/models
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
# A worker answers on CLEANPLATE_HEALTH_PORT
HEALTHCHECK --interval=15s --timeout=6s --start-period=30s --retries=3 \
  CMD ["python", "-I", "-c", "import http.client, os; c = http.client.HTTPConnection('127.0.0.1', int(os.environ.get('CLEANPLATE_HEALTH_PORT') or os.environ['CLEANPLATE_PORT']), timeout=5); c.request('GET', '/readyz'); raise SystemExit(c.getresponse().status != 200)"]
# The compiled code is kept only in a folder that can be written: it goes to /tmp, which may be in memory
ENTRYPOINT ["/bin/sh", "-c", "mkdir -p \"$NUMBA_CACHE_DIR\" && cp -R /app/kernels/. \"$NUMBA_CACHE_DIR\"; exec cleanplate \"$@\"", "cleanplate"]
CMD ["serve"]
