FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    NOTIFIER_CONFIG_DIR=/app/config

WORKDIR /app
COPY pyproject.toml README.md LICENSE ./
COPY config ./config
COPY notifier ./notifier
COPY workers ./workers
RUN pip install --constraint config/constraints.txt . \
    && useradd --system --no-create-home notifier

USER notifier
EXPOSE 8000
CMD ["notifier", "web"]
