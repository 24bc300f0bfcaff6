# The lock file serves as constraints, so that the image holds what the program needs and not what its tests need.
FROM python:3.12-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
WORKDIR /app
COPY requirements.txt ./
RUN /venv/bin/pip install --constraint requirements.txt setuptools
COPY . .
RUN /venv/bin/pip install --constraint requirements.txt --no-build-isolation \
    --config-settings editable_mode=compat --editable .

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /data nightdesk && install -d -o nightdesk -g nightdesk /data
COPY --from=build /venv /venv
COPY --from=build /app /app
USER nightdesk
WORKDIR /data
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    NIGHTDESK_WEB__HOST=0.0.0.0 MPLCONFIGDIR=/tmp/matplotlib XDG_CACHE_HOME=/tmp XDG_CONFIG_HOME=/tmp
EXPOSE 8467
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8467/healthz', timeout=4)"]
CMD ["nightdesk", "run"]
