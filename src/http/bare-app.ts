import express from 'express';

/** An express app that adds nothing of its own: no banner, no etag, no query parser, and paths are taken literally. */
export function bareApp(): express.Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.disable('query parser');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  return app;
}
