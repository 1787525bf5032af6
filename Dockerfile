# The image of operator, gateway and agent, for users with Docker: docker build -t kecs:dev .
# Without Docker `make image` makes the same from Debian's packages; see images/kecs.ts.
FROM node:24-bookworm-slim AS modules
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm install --omit=dev --no-save --no-fund --no-audit \
  && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.md' \) -delete
# What encrypts the database, the archive and backups, signed by DuckDB; see docs/operations.md.
RUN node -e 'const { DuckDBInstance } = require("@duckdb/node-api"); \
  DuckDBInstance.create(":memory:", { extension_directory: "/usr/lib/duckdb" }) \
    .then((instance) => instance.connect()).then((connection) => connection.run("INSTALL httpfs"))'

FROM node:24-bookworm-slim
# With an arena for each thread, the C library keeps some 30 MiB more of what was freed.
ENV NODE_ENV=production KECS_DATA_DIR=/var/lib/kecs KECS_DB_EXTENSION_DIR=/usr/lib/duckdb MALLOC_ARENA_MAX=2
RUN mkdir -m 1777 /var/lib/kecs
WORKDIR /app
COPY --from=modules /usr/lib/duckdb /usr/lib/duckdb
COPY --from=modules /app/node_modules node_modules
COPY package.json ./
COPY agent agent
COPY api-gateway api-gateway
COPY bin bin
COPY crds crds
COPY lib lib
COPY logs logs
COPY model model
COPY operator operator
COPY projector projector
COPY sql sql
USER 65532:65532
EXPOSE 8080 8081 8082 8083 8084
ENTRYPOINT ["node"]
CMD ["api-gateway/main.ts"]
