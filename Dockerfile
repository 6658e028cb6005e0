# The images of the two programs, on one Debian 12 runtime.
#
#   docker build --target runner -t vexaa/runner:dev .
#   docker build --target controller -t vexaa/controller:dev .
#
# PROGRAMS says where the programs come from: `compiled` builds them in here;
# `prebuilt` takes them from build/images/programs, where tools/image/build lays
# them beside the list of the packages they need.
ARG BASE_IMAGE=docker.io/library/debian:bookworm-slim
ARG PROGRAMS=compiled

FROM ${BASE_IMAGE} AS compiled
COPY tools/packages/build.txt /tmp/build.txt
RUN apt-get update \
 && sed -n 's/^\([a-z0-9][^ ]*\).*/\1/p' /tmp/build.txt \
  | DEBIAN_FRONTEND=noninteractive xargs apt-get install -y --no-install-recommends
WORKDIR /src
COPY . .
RUN cmake --preset release && cmake --build build/release --target vexaa-runner vexaa-controller \
 && tools/image/collect-programs build/release /programs

FROM scratch AS prebuilt
COPY build/images/programs /programs

FROM ${PROGRAMS} AS programs

# No package of the programs yet, but the user: both images share this layer.
FROM ${BASE_IMAGE} AS runtime
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* \
 && echo 'vexaa:x:65532:65532:VExAA:/:/usr/sbin/nologin' >>/etc/passwd \
 && echo 'vexaa:x:65532:' >>/etc/group
LABEL org.opencontainers.image.title="VExAA" \
      org.opencontainers.image.licenses="Apache-2.0"

FROM runtime AS runner
COPY --from=programs /programs/vexaa-runner.packages /usr/share/vexaa/packages
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive xargs apt-get install -y --no-install-recommends </usr/share/vexaa/packages \
 && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/*
COPY --from=programs /programs/vexaa-runner /usr/local/bin/vexaa-runner
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/vexaa-runner"]

FROM runtime AS controller
COPY --from=programs /programs/vexaa-controller.packages /usr/share/vexaa/packages
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive xargs apt-get install -y --no-install-recommends </usr/share/vexaa/packages \
 && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/*
COPY --from=programs /programs/vexaa-controller /usr/local/bin/vexaa-controller
USER 65532:65532
EXPOSE 8080 8082
ENTRYPOINT ["/usr/local/bin/vexaa-controller"]
CMD ["--config", "/etc/vexaa/config/config.yaml"]
