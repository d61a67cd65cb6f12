/** The HTTP application, built without listening. */
import express, { type Express } from 'express';
import helmet from 'helmet';
import { AgentWardenError } from '../../domain/errors';
import { styleSource } from '../../rendering/style';
import type { HttpDeps } from './deps';
import { handlePath, requestId, sendError } from './router';
import type { Route } from './route';

/** Answers below these paths are never cached. */
const PRIVATE = /^\/(api|sdk|r|login|approvals|outbox)(\/|$)/;

export function createApp(deps: HttpDeps, routes: readonly Route[]): Express {
  const app = express();
  app.disable('etag');
  app.set('query parser', false);
  app.set('case sensitive routing', true);
  app.set('trust proxy', deps.settings.trustedProxies.length > 0 ? deps.settings.trustedProxies : false);
  app.use(securityHeaders(deps.publicUrl));
  app.use((request, response, next) => {
    response.setHeader('X-Request-Id', requestId(request.get('x-request-id')));
    if (PRIVATE.test(request.path)) response.setHeader('Cache-Control', 'no-store');
    next();
  });
  for (const [path, rows] of byPath(routes)) app.all(path.replaceAll(/\{(\w+)\}/g, ':$1'), handlePath(deps, rows));
  app.use((request, response) =>
    sendError(
      deps,
      new AgentWardenError('not_found', 'There is nothing at this address.'),
      request,
      response,
      wantsHtml(request.get('accept')),
    ),
  );
  app.use((error: unknown, request: express.Request, response: express.Response, _next: express.NextFunction) =>
    sendError(deps, asOurs(error), request, response, false),
  );
  return app;
}

function byPath(rows: readonly Route[]): Map<string, Route[]> {
  const paths = new Map<string, Route[]>();
  for (const row of rows) paths.set(row.path, [...(paths.get(row.path) ?? []), row]);
  return paths;
}

/** Turns a 4xx error of Express into `not_found`. Express throws one for a path that cannot be decoded. */
function asOurs(error: unknown): unknown {
  const { status } = error as { status?: number };
  return status !== undefined && status >= 400 && status < 500
    ? new AgentWardenError('not_found', 'There is nothing at this address.', {}, { cause: error })
    : error;
}

const wantsHtml = (accept: string | undefined): boolean => accept?.includes('text/html') === true;

/** Security headers (T7, T21, T48): no scripts, no content from other hosts, no framing, no referrer. */
function securityHeaders(publicUrl: string): express.RequestHandler {
  const https = publicUrl.startsWith('https:');
  const headers = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: [styleSource()],
        imgSrc: ["'self'", 'data:'],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: https ? { maxAge: 31_536_000 } : false,
    xFrameOptions: { action: 'deny' },
  });
  return (request, response, next) => {
    response.setHeader('X-Robots-Tag', 'noindex, nofollow');
    headers(request, response, next);
  };
}
