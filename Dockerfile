# The image of holdfast: Node, the compiled sources and what they need at run time. No shell, no package manager.
#
#     docker build --tag holdfast:0.1.0 .
#
# test/e2e/image.test.ts plays these steps without a container runtime. Pin the two bases by digest in your registry.
ARG NODE_IMAGE=docker.io/library/node:26-trixie-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/cc-debian13:nonroot

FROM ${NODE_IMAGE} AS build
WORKDIR /holdfast
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/copy-page.mjs ./scripts/
COPY src ./src
RUN npm run build

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /holdfast
COPY package.json package-lock.json ./
# What is optional is Node itself, for checkouts: the image has its own.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="holdfast" \
      org.opencontainers.image.description="Keeps every LoadBalancer IP where it is, beside an unmodified MetalLB" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
WORKDIR /holdfast
COPY --from=build /usr/local/bin/node /usr/local/bin/node
# The one library of Node that the base lacks. /usr/lib is searched on every architecture.
COPY --from=build /usr/lib/*-linux-gnu/libatomic.so.1* /usr/lib/
# With package-lock.json, so that scanners and `npm sbom` know the exact versions.
COPY package.json package-lock.json LICENSE ./
COPY deploy/crds ./deploy/crds
COPY --from=dependencies /holdfast/node_modules ./node_modules
COPY --from=build /holdfast/dist ./dist
ENV NODE_ENV=production
# Numeric, so that runAsNonRoot can be checked.
USER 65532:65532
EXPOSE 8443 8080
# Health is asked by probes, at the operations port.
ENTRYPOINT ["/usr/local/bin/node", "/holdfast/dist/main.js"]
CMD ["serve"]
