# twinroute, built with the Swift toolchain and run with Swift's libraries alone.

FROM swift:6.3-bookworm AS build
RUN apt-get -q update \
    && apt-get -q -y --no-install-recommends install \
        libqpid-proton11-dev libmosquitto-dev libcbor-dev libssl-dev libsqlite3-dev zlib1g-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
# The dependencies alone first, so that a change of the sources does not fetch them again.
COPY Package.swift ./
RUN swift package resolve
COPY Bridges ./Bridges
COPY Sources ./Sources
COPY Tests ./Tests
RUN swift build -c release --product twinroute \
    && install -D -m 755 .build/release/twinroute /out/twinroute

# Debian 12 with Swift's libraries.
FROM swift:6.3-bookworm-slim
RUN apt-get -q update \
    && apt-get -q -y --no-install-recommends install \
        libqpid-proton11 libmosquitto1 libcbor0.8 libssl3 libsqlite3-0 ca-certificates mosquitto \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 10001 -g 10001 /var/lib/twinroute \
    && useradd --uid 10001 --home-dir /var/lib/twinroute --no-create-home twinroute
COPY --from=build /out/twinroute /usr/local/bin/twinroute
USER twinroute
WORKDIR /var/lib/twinroute
VOLUME /var/lib/twinroute
ENTRYPOINT ["twinroute"]
CMD ["serve", "--config", "/etc/twinroute/twinroute.yaml"]
