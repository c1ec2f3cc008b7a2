// Builds web/dist: style sheets, scripts and fonts under names that carry their own hash, each text also compressed with
// Brotli, and manifest.json, which tells the server what each is called today. Needs no network.
import { Resvg } from '@resvg/resvg-js';
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const here = import.meta.dirname;
const dist = join(here, 'dist');
const modules = join(here, 'node_modules');
const manifest = {};

/** Writes bytes under their hashed name and notes the name. */
async function keep(name, bytes) {
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 10);
  const ending = extname(name);
  const hashed = `${basename(name, ending)}-${hash}${ending}`;
  await writeFile(join(dist, hashed), bytes);
  manifest[name] = hashed;
  return hashed;
}

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });

// Style sheets and scripts. MapLibre becomes a chunk of its own, loaded by map.ts after the list can be read.
const result = await build({
  absWorkingDir: here,
  entryPoints: [
    'src/css/site.css', 'src/css/map.css', 'src/css/print-page.css', 'src/css/emergency.css',
    'src/css/paper-a4-landscape.css', 'src/css/paper-a4-portrait.css',
    'src/css/paper-a3-landscape.css', 'src/css/paper-a3-portrait.css',
    'src/map.ts', 'src/themed.ts', 'src/emergency.ts', 'src/emergency-worker.ts', 'src/desk.ts',
  ],
  outdir: dist,
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});
for (const [path, output] of Object.entries(result.metafile.outputs)) {
  if (output.entryPoint) {
    const ending = extname(path);
    manifest[basename(output.entryPoint, extname(output.entryPoint)) + ending] = basename(path);
  }
}

// The worker of MapLibre is a file of its own: the page hands its address to setWorkerUrl().
await keep('map-worker.mjs', await readFile(join(modules, 'maplibre-gl/dist/maplibre-gl-worker.mjs')));
await keep('icon.svg', await readFile(join(here, 'src/icon.svg')));

// The font: 124 files by unicode range, for the pages (fonts.css) and for labels on the map (font-faces.json).
const fontRoot = join(modules, '@fontsource-variable/noto-sans-jp');
const fontCss = await readFile(join(fontRoot, 'index.css'), 'utf8');
const faces = [];
for (const block of fontCss.matchAll(/@font-face\s*{([^}]*)}/g)) {
  const file = /url\(\.\/files\/([\w.-]+\.woff2)\)/.exec(block[1])?.[1];
  const range = /unicode-range:\s*([^;]+);/.exec(block[1])?.[1];
  if (!file || !range) throw new Error(`a font face of another form than expected: ${block[0].slice(0, 200)}`);
  const hashed = await keep(file, await readFile(join(fontRoot, 'files', file)));
  faces.push({ file: hashed, range: range.trim() });
}
if (faces.length < 100) throw new Error(`only ${faces.length} font faces found`);
await keep(
  'fonts.css',
  faces
    .map(
      ({ file, range }) =>
        `@font-face{font-family:"Noto Sans JP Variable";font-style:normal;font-display:swap;font-weight:100 900;` +
        `src:url(${file}) format("woff2");unicode-range:${range}}`,
    )
    .join('\n'),
);
await keep(
  'font-faces.json',
  JSON.stringify(faces.map(({ file, range }) => ({ url: `/assets/${file}`, 'unicode-range': range.split(',') }))),
);

// The pictures of points on maps (MapLibre's sprite): each in white and in ink, side by side, at one and two pixels.
const ICONS = [
  'attraction', 'bicycle', 'communications-tower', 'defibrillator', 'dog-park', 'drinking-water', 'fire-station',
  'heart', 'hospital', 'library', 'monument', 'museum', 'park', 'parking', 'playground', 'restaurant', 'school',
  'shelter', 'star', 'toilet', 'town-hall', 'waste-basket', 'wheelchair',
];
const [ICON, GAP] = [15, 2];
const CELL = ICON + 2 * GAP;
const COLOURS = { '': '#ffffff', '-ink': '#1a1a1a' };
const drawings = await Promise.all(
  ICONS.map(async (name) => {
    const svg = await readFile(join(modules, `@mapbox/maki/icons/${name}.svg`), 'utf8');
    const inner = /<svg[^>]*viewBox="0 0 15 15"[^>]*>([\s\S]*)<\/svg>/.exec(svg)?.[1];
    if (!inner) throw new Error(`a picture of another form than expected: ${name}`);
    return inner.replace(/\s(?:fill|style)="[^"]*"/g, '');
  }),
);
for (const [ending, pixelRatio] of [['', 1], ['@2x', 2]]) {
  const index = {};
  let sheet = '';
  Object.entries(COLOURS).forEach(([suffix, colour], row) => {
    ICONS.forEach((name, column) => {
      const [x, y] = [column * CELL + GAP, row * CELL + GAP];
      sheet += `<g transform="translate(${x} ${y})" fill="${colour}">${drawings[column]}</g>`;
      const [left, top, side] = [x, y, ICON].map((length) => length * pixelRatio);
      index[name + suffix] = { x: left, y: top, width: side, height: side, pixelRatio };
    });
  });
  const [width, height] = [ICONS.length * CELL, Object.keys(COLOURS).length * CELL];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${sheet}</svg>`;
  await keep(`sprite${ending}.png`, new Resvg(svg, { fitTo: { mode: 'zoom', value: pixelRatio } }).render().asPng());
  await keep(`sprite${ending}.json`, JSON.stringify(index));
}

// The licences of everything that is shipped in this folder.
const licences = [];
for (const [title, file] of [
  ['Noto Sans JP (SIL Open Font License 1.1)', '@fontsource-variable/noto-sans-jp/LICENSE'],
  ['MapLibre GL JS', 'maplibre-gl/LICENSE.txt'],
  ['Maki icons (CC0 1.0)', '@mapbox/maki/LICENSE.txt'],
  ['Digital Agency design tokens', '@digital-go-jp/design-tokens/LICENSE'],
]) {
  licences.push(`==== ${title} ====\n\n${await readFile(join(modules, file), 'utf8')}`);
}
await keep('licences.txt', licences.join('\n\n'));

// Texts once more, compressed as well as Brotli can: done here, so that the server never compresses them.
for (const name of await readdir(dist)) {
  if (['.css', '.js', '.mjs', '.json', '.svg', '.txt'].includes(extname(name))) {
    const bytes = await readFile(join(dist, name));
    const small = brotliCompressSync(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    });
    if (small.length < bytes.length) await writeFile(join(dist, `${name}.br`), small);
  }
}
await writeFile(join(dist, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`);
console.log(`web/dist: ${(await readdir(dist)).length} files`);
