# The head end in a container; docs/ci.md says how to use it.
#
#     docker build --tag headend .
#     docker run --rm --publish 127.0.0.1:8080:8080 headend

FROM python:3.13-slim-bookworm AS build
WORKDIR /source
COPY constraints.txt ./
# What builds comes pinned, so that the image of tomorrow is built as the one of today.
RUN python -m pip install --no-cache-dir -c constraints.txt build hatchling editables setuptools wheel
COPY pyproject.toml README.md LICENSE ./
COPY headend headend
COPY simulator simulator
COPY wsdl wsdl
RUN python -m build --wheel --no-isolation --outdir /wheels \
    && python -m venv /opt/headend \
    && /opt/headend/bin/python -m pip install --no-cache-dir -c constraints.txt setuptools wheel \
    && /opt/headend/bin/python -m pip install --no-cache-dir --no-build-isolation -c constraints.txt /wheels/*.whl

FROM python:3.13-slim-bookworm
COPY --from=build /opt/headend /opt/headend
# A user of its own, and a directory that is his: the database of the embedded default is made where the process stands.
RUN useradd --create-home --uid 10001 headend && install --directory --owner=headend /data
USER 10001
WORKDIR /data
VOLUME /data
# In a container loopback is nobody's; who may reach the port is decided by how it is published.
ENV PATH="/opt/headend/bin:$PATH" HEADEND_HOST=0.0.0.0 PYTHONUNBUFFERED=1
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s CMD ["headend", "ready", "--wait", "2s"]
ENTRYPOINT ["headend"]
CMD ["serve"]
