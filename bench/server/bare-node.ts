/** The least that a webhook in Node can be: node:https, one JSON.parse, one answer. `node bare-node.ts FOLDER` */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { readTlsFiles } from './tls-files.ts';

const [, , folder = '.'] = process.argv;

const server = createServer(readTlsFiles(folder), (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const review = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { request: { uid: string } };
    const answer = { uid: review.request.uid, allowed: true };
    const body = JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer });
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
    response.end(body);
  });
});
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
