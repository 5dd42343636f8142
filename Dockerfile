# The program and its sandbox: `docker run --rm -v "$PWD:/work" IMAGE plan`, and
# `docker run --rm -p 8710:8710 IMAGE sandbox serve --host 0.0.0.0`. docs/install.md says more.
#
# Another base: `docker buildx imagetools inspect python:3.13.7-slim-bookworm` prints the digest of a tag, for all
# platforms. Dependabot renews tag and digest here.
FROM python:3.13.7-slim-bookworm@sha256:adafcc17694d715c905b4c7bebd96907a1fd5cf183395f0ebc4d3428bd22d92d AS base
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

FROM base AS build
ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
# What seldom changes comes first: a new line of code installs nothing again.
COPY .ci/setup.txt .ci/runtime.txt .ci/
RUN python -m venv /opt/build \
    && /opt/build/bin/python -m pip install --require-hashes --only-binary :all: --requirement .ci/setup.txt
RUN python -m venv /opt/reconciler \
    && /opt/reconciler/bin/python -m pip install --require-hashes --only-binary :all: --requirement .ci/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY reconciler reconciler
# pip is of no use any more, and would be the first thing that a scanner has something to say about.
RUN /opt/build/bin/python -m hatchling build -t wheel -d /dist \
    && /opt/reconciler/bin/python -m pip install --no-deps --no-index /dist/*.whl \
    && /opt/reconciler/bin/python -m pip uninstall --quiet --yes pip

FROM base
LABEL org.opencontainers.image.title="wechat-reconciler" \
      org.opencontainers.image.description="WeChat message templates as code: plan, apply, and a lockfile of template_ids" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="docker.io/library/python:3.13.7-slim-bookworm"
# Without git, `--base` is a warning and no guard.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/reconciler /opt/reconciler
# As /tmp is: whoever runs it (`--user "$(id -u):$(id -g)"` for a folder of yours) may write there.
RUN mkdir -m 1777 /work
# What WeChat's library has answered is kept below; of a user that no file knows, Python would take / for home.
ENV PATH=/opt/reconciler/bin:$PATH \
    HOME=/tmp
WORKDIR /work
EXPOSE 8710
# A number, so that Kubernetes can see that it is not root.
USER 10001:10001
# No HEALTHCHECK: most runs are a command that ends by itself. docs/install.md has one for the sandbox.
ENTRYPOINT ["reconciler"]
CMD ["--help"]
