# DuckDB comes as a C library, so both stages are the same Debian.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN go build -trimpath -o /ticketmill ./cmd/ticketmill

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 1000 --create-home ticketmill \
    && install -d -o ticketmill -g ticketmill /data
COPY --from=build /ticketmill /usr/local/bin/ticketmill
USER ticketmill
WORKDIR /data
VOLUME /data
EXPOSE 5433 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD curl -fsS http://127.0.0.1:8080/healthz || exit 1
ENTRYPOINT ["ticketmill"]
CMD ["serve", "--pg", "0.0.0.0:5433", "--http", "0.0.0.0:8080"]
