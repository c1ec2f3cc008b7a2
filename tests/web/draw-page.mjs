// Runs in the browser: draws, waits until nothing moves, and counts the pixels that are not ground.
import { Map, setWorkerUrl } from '/maplibre-gl.mjs';

setWorkerUrl('/maplibre-gl-worker.mjs');

const SIDE = 512;

/** Pixels of a canvas that differ from its most frequent colour. */
function pixelsOf(canvases) {
  const surface = new OffscreenCanvas(SIDE, SIDE);
  const context = surface.getContext('2d');
  for (const canvas of canvases) context.drawImage(canvas, 0, 0, SIDE, SIDE);
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  const seen = {};
  for (let at = 0; at < data.length; at += 4) {
    const colour = (data[at] << 16) | (data[at + 1] << 8) | data[at + 2];
    seen[colour] = (seen[colour] ?? 0) + 1;
  }
  return SIDE * SIDE - Math.max(...Object.values(seen));
}

const resting = (target, event) => new Promise((resolve, reject) => {
  const late = setTimeout(() => reject(new Error(`no ${event} within 20 s`)), 20_000);
  target.once(event, () => {
    clearTimeout(late);
    resolve();
  });
});

let map;

/** Draws a style; with `alone`, only the layers of that source layer. */
async function style({ url, center, zoom, alone }) {
  if (!map) {
    const canvasContextAttributes = { preserveDrawingBuffer: true };
    map = new Map({ container: 'gl', style: { version: 8, sources: {}, layers: [] }, canvasContextAttributes, fadeDuration: 0, attributionControl: false });
    map.on('error', ({ error }) => console.error(String(error?.message ?? error)));
    await resting(map, 'load');
  }
  document.getElementById('ol').hidden = true;
  const wanted = await (await fetch(url)).json();
  if (alone) {
    for (const layer of wanted.layers) {
      if (layer['source-layer'] && layer['source-layer'] !== alone && layer['source-layer'] !== `${alone}.label`) {
        layer.layout = { ...layer.layout, visibility: 'none' };
      }
    }
  }
  map.jumpTo({ center, zoom });
  map.setStyle(wanted, { diff: false });
  await resting(map, 'idle');
  const features = {};
  for (const layer of wanted.layers) {
    const name = layer['source-layer'];
    if (name && !name.endsWith('.label') && layer.layout?.visibility !== 'none') features[name] = 0;
  }
  for (const { sourceLayer } of map.queryRenderedFeatures()) if (sourceLayer in features) features[sourceLayer] += 1;
  return { pixels: pixelsOf([map.getCanvas()]), features };
}

/** Draws a layer with OpenLayers: by address, by an OGC tile set, or by capabilities. */
async function openlayers({ way, source, layer, center, zoom }) {
  const { ol } = globalThis;
  const format = new ol.format.MVT();
  let made;
  if (way === 'xyz') made = new ol.source.VectorTile({ format, url: source, maxZoom: zoom });
  if (way === 'ogc') {
    made = new ol.source.OGCVectorTile({ format, url: source });
    await new Promise((resolve, reject) => {
      made.on('change', () => {
        if (made.getState() === 'ready') resolve();
        if (made.getState() === 'error') reject(new Error('the tile set cannot be read'));
      });
    });
  }
  if (way === 'wmts') {
    const capabilities = new ol.format.WMTSCapabilities().read(source);
    const described = capabilities.Contents.Layer.find(({ Identifier }) => Identifier === layer);
    const [{ template }] = described.ResourceURL;
    const options = ol.source.WMTS.optionsFromCapabilities(capabilities, { layer, matrixSet: 'WebMercatorQuad' });
    if (!options) throw new Error('no options from the capabilities');
    const url = template.replace('{Style}', 'default').replace('{TileMatrixSet}', 'WebMercatorQuad')
      .replace('{TileMatrix}', '{z}').replace('{TileRow}', '{y}').replace('{TileCol}', '{x}');
    made = new ol.source.VectorTile({ format, url, maxZoom: zoom });
  }
  const target = document.getElementById('ol');
  target.hidden = false;
  target.replaceChildren();
  const view = new ol.View({ center: ol.proj.fromLonLat(center), zoom });
  const shown = new ol.Map({ target, view, controls: [], layers: [new ol.layer.VectorTile({ source: made })] });
  await resting(shown, 'rendercomplete');
  const pixels = pixelsOf(target.querySelectorAll('canvas'));
  shown.setTarget(null);
  return { pixels };
}

globalThis.draw = { style, openlayers };
