// Lets map libraries draw what a running server describes, from a page of another origin:
//   node tests/web/draw.mjs --base http://127.0.0.1:PORT [--only LAYER]
// MapLibre draws the style of every layer and of composites (pictures and letters included); OpenLayers draws tiles by
// address, by OGC API – Tiles and by the WMTS capabilities. Drawn means: pixels of another colour than the ground.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from './tools.mjs';

const argument = (name) => {
  const at = process.argv.indexOf(`--${name}`);
  return at > 0 ? process.argv[at + 1] : undefined;
};
const base = argument('base')?.replace(/\/$/, '');
const only = argument('only');
if (!base) {
  console.error('usage: node tests/web/draw.mjs --base http://127.0.0.1:PORT [--only LAYER]');
  process.exit(2);
}

const modules = join(import.meta.dirname, '../../web/node_modules');
const FILES = {
  '/': ['text/html', join(import.meta.dirname, 'draw.html')],
  '/draw-page.mjs': ['text/javascript', join(import.meta.dirname, 'draw-page.mjs')],
  '/maplibre-gl.mjs': ['text/javascript', join(modules, 'maplibre-gl/dist/maplibre-gl.mjs')],
  '/maplibre-gl-shared.mjs': ['text/javascript', join(modules, 'maplibre-gl/dist/maplibre-gl-shared.mjs')],
  '/maplibre-gl-worker.mjs': ['text/javascript', join(modules, 'maplibre-gl/dist/maplibre-gl-worker.mjs')],
  '/ol.js': ['text/javascript', join(modules, 'ol/dist/ol.js')],
};
const server = createServer(async (request, response) => {
  const [kind, file] = FILES[request.url] ?? [];
  if (!file) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': kind }).end(await readFile(file));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const own = `http://127.0.0.1:${server.address().port}`;

const json = async (path) => {
  const answer = await fetch(path.startsWith('http') ? path : base + path);
  if (!answer.ok) throw new Error(`${answer.status}: ${path}`);
  return answer.json();
};

/** A position of a feature of the layer: bounds alone may have an empty middle. */
async function somewhere(layer) {
  const { result } = await json(`/api/3/action/package_show?id=${layer.dataset}`);
  const files = result.resources.filter(({ format }) => format === 'GeoJSON');
  const file = files.length === 1 ? files[0] : files.find(({ name }) => name.startsWith(layer.title));
  const { features } = await json(file.url.replace(/^https?:\/\/[^/]+/, base));
  let at = features.find(({ geometry }) => geometry !== null).geometry;
  while (at.geometries) at = at.geometries[0];
  at = at.coordinates;
  while (Array.isArray(at[0])) at = at[0];
  return at.slice(0, 2);
}

const counts = { passed: 0, failed: 0 };
function check(name, problems) {
  if (problems.length === 0) {
    counts.passed += 1;
    return;
  }
  counts.failed += 1;
  console.log(`FAILED  ${name}: ${problems.slice(0, 4).join('; ').slice(0, 800)}`);
}

const { layers } = await json('/tiles.json');
const browser = await chromium();
try {
  const page = await browser.newPage({ viewport: { width: 512, height: 512 } });
  const wrong = [];
  page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('response', (response) => response.status() >= 400 && wrong.push(`${response.status()}: ${response.url()}`));
  const told = () => wrong.splice(0);
  await page.goto(`${own}/`);
  await page.waitForFunction(() => globalThis.draw !== undefined, null, { timeout: 30_000 });
  const run = (name, argument) => page.evaluate(([name, argument]) => globalThis.draw[name](argument), [name, argument]);

  for (const layer of layers.filter(({ id }) => !only || id === only)) {
    const center = await somewhere(layer);
    const zoom = Math.max(layer.minzoom, Math.min(layer.maxzoom, 14));
    const drawn = await run('style', { url: `${base}/styles/${layer.id}.json`, center, zoom });
    const few = Object.entries(drawn.features).filter(([, count]) => count === 0).map(([id]) => `${id}: no feature`);
    check(`MapLibre draws ${layer.id}`, [...told(), ...few, ...(drawn.pixels > 8 ? [] : [`${drawn.pixels} pixels`])]);
    layer.center = center;
  }

  // One of each kind, of one publisher, together: each has to be seen when the others are hidden.
  const kinds = ['point', 'line', 'polygon'].map((kind) => layers.find((layer) => layer.geometry === kind && layer.center));
  if (!only) check('layers of every kind of geometry', kinds.every(Boolean) ? [] : [`only ${kinds.filter(Boolean).length}`]);
  const composites = [kinds, layers.filter((layer) => layer.geometry === 'point' && layer.center).slice(0, 5)];
  for (const members of composites.map((members) => members.filter(Boolean)).filter((members) => members.length > 1)) {
    const names = members.map(({ id }) => id).join(',');
    for (const { id, center, minzoom } of members) {
      const drawn = await run('style', { url: `${base}/styles/${names}.json`, center, zoom: Math.max(minzoom, 13), alone: id });
      check(`MapLibre draws ${id} of ${names}`, [...told(), ...(drawn.pixels > 8 ? [] : [`${drawn.pixels} pixels`])]);
    }
  }

  const capabilities = await (await fetch(`${base}/wmts/1.0.0/WMTSCapabilities.xml`)).text();
  for (const { id, center, minzoom, maxzoom } of kinds.filter(Boolean)) {
    const zoom = Math.max(minzoom, Math.min(maxzoom, 14));
    const { tiles } = await json(`/tiles/${id}.json`);
    const ways = { xyz: tiles[0], ogc: `${base}/ogc/collections/${id}/tiles/WebMercatorQuad`, wmts: capabilities };
    for (const [way, source] of Object.entries(ways)) {
      const drawn = await run('openlayers', { way, source, layer: id, center, zoom });
      check(`OpenLayers draws ${id} by ${way}`, [...told(), ...(drawn.pixels > 8 ? [] : [JSON.stringify(drawn)])]);
    }
  }
} finally {
  await browser.close();
  server.close();
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0);
