/** What most webhooks in Node are: express with express.json, and no work at all. `node express-json.ts FOLDER` */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { readTlsFiles } from './tls-files.ts';

const [, , folder = '.'] = process.argv;

const app = express();
app.use(express.json({ limit: '7mb' }));
app.post(['/validate', '/mutate'], (request, response) => {
  const { uid } = (request.body as { request: { uid: string } }).request;
  response.json({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid, allowed: true } });
});
const server = createServer(readTlsFiles(folder), app);
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
