// Themed maps: whole without script, taken over by MapLibre with it; measured, printed, and asked about by keyboard.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '../..');
const web = createRequire(join(root, 'web/package.json'));

/** Ways of a visitor on a themed map. */
export async function themedChecks({ browser, base, out, pages, check, watch }) {
  for (const { kind, path } of pages.filter((page) => page.kind.startsWith('themed:') && !page.kind.includes('embed'))) {
    await withoutScript(browser, base, path, kind, check);
  }
  const largest = pages.find((page) => page.kind === 'themed: largest');
  if (!largest) return;
  await measures(check);
  await withScript(browser, base, largest.path, check, watch);
  await ownFiles(browser, base, largest.path, check, watch);
  await position(browser, base, largest.path, check);
  await framed(browser, base, largest.path, check);
  const printed = pages.find((page) => page.kind === 'sheet');
  if (printed) await sheet(browser, base, printed.path, out, check);
}

const marks = '[data-themed] use[href^="#map-p"], [data-themed] .t-edge, [data-themed] defs g[id^="map-l"] > path';

async function withoutScript(browser, base, path, kind, check) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(base + path);
  const drawn = await page.locator(marks).count();
  const told = Number((/[\d,]+/.exec(await page.locator('.list-count').textContent()) ?? ['0'])[0].replaceAll(',', ''));
  check(`${kind} without script: the list counts what is drawn`, drawn > 0 && told > 0 && drawn >= told ? [] : [`${drawn} drawn, ${told} told`]);
  await page.getByRole('link', { name: '拡大', exact: true }).click();
  check(`${kind} without script: a link zooms`, /at=/.test(page.url()) && (await page.locator('[data-themed] > svg').isVisible()) ? [] : [page.url()]);
  const box = page.locator('#layer-tree input[name="layer"]:checked').first();
  const name = await box.getAttribute('value');
  await box.uncheck();
  await page.getByRole('button', { name: '地図に反映' }).first().click();
  check(`${kind} without script: the form switches a layer off`, page.url().includes('layers=') && !page.url().includes(name) ? [] : [page.url()]);
  await page.getByRole('link', { name: '地図の中心の情報を見る' }).click();
  check(`${kind} without script: a point has a page`, (await page.locator('.point-report').count()) === 1 ? [] : [page.url()]);
  await context.close();
}

async function withScript(browser, base, path, check, watch) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const problems = watch(page);
  await page.goto(base + path);
  const map = page.locator('[data-themed]');
  await page.locator('[data-map-idle]').waitFor({ timeout: 60_000 }).catch(() => problems.push('the map never rests'));
  check('themed: features are drawn', Number(await map.getAttribute('data-map-features')) > 0 ? [] : ['nothing is drawn']);

  // The tree by keyboard: a layer more, and the list and the address follow.
  const box = page.locator('#layer-tree input[name="layer"]:checked').nth(1);
  const name = await box.getAttribute('value');
  await box.focus();
  await page.keyboard.press('Space');
  await page.waitForFunction((gone) => !location.search.includes(gone) && location.search.includes('at='), name, { timeout: 10_000 }).catch(() => problems.push(`the address keeps ${name}`));
  await page.waitForFunction((gone) => document.querySelector('[data-themed]').dataset.listed?.includes(gone) === false, name, { timeout: 10_000 }).catch(() => problems.push('the list does not follow the tree'));
  const reopened = await browser.newPage();
  await reopened.goto(page.url());
  check('themed: the address opens the same layers', (await reopened.locator(`#layer-tree input[value="${name}"]`).isChecked()) ? [`${name} is back`] : []);
  await reopened.close();

  // A point by keyboard, then by pointer.
  await page.locator('#map-point-link').focus();
  await page.keyboard.press('Enter');
  await page.locator('#point-panel .point-report').waitFor({ timeout: 10_000 }).catch(() => problems.push('no report of the centre'));
  const heard = await page.evaluate(() => document.activeElement?.closest('#point-panel') !== null && document.activeElement?.tagName);
  check('themed: the report of a point is heard', heard === 'H2' ? [] : [String(heard)]);
  const before = await page.locator('#point-panel p').first().textContent();
  // The page scrolls to the report; the map is clicked when it has come to rest again.
  await page.locator('.map-canvas canvas').scrollIntoViewIfNeeded();
  await page.waitForTimeout(1_500);
  const frame = await page.locator('.map-canvas canvas').boundingBox();
  await page.mouse.click(frame.x + frame.width / 3, frame.y + frame.height / 3);
  await page.waitForFunction((text) => document.querySelector('#point-panel p')?.textContent !== text, before, { timeout: 10_000 }).catch(() => problems.push('a click asks for no point'));

  // Measuring by keyboard: two points at the centre of the map, moved between.
  await page.locator('[data-do="distance"]').focus();
  await page.keyboard.press('Enter');
  await page.locator('[data-do="add"]').press('Enter');
  await page.locator('.map-canvas canvas').focus();
  await page.keyboard.press('ArrowRight');
  await page.waitForTimeout(1_000);
  await page.locator('[data-do="add"]').press('Enter');
  const measured = await page.locator('#map-answer').textContent();
  check('themed: a distance is measured by keyboard', /\d+\.\d+ k?m$/.test(measured ?? '') && Number(await map.getAttribute('data-measured')) > 0 ? [] : [measured]);
  check('themed: nothing goes wrong while it is used', problems);
  await context.close();
}

/** Lengths and areas against published values. */
async function measures(check) {
  const { build } = await import(pathToFileURL(web.resolve('esbuild')).href);
  const made = await build({ entryPoints: [join(root, 'web/src/geodesic.ts')], bundle: true, format: 'esm', write: false, logLevel: 'error' });
  const { distance, area } = await import(`data:text/javascript,${encodeURIComponent(made.outputFiles[0].text)}`);
  // Flinders Peak to Buninyong, the worked example of Geoscience Australia on GRS 80: 54,972.271 m.
  const degrees = (d, m, s) => Math.sign(d) * (Math.abs(d) + m / 60 + s / 3600);
  const metres = distance([degrees(144, 25, 29.5244), degrees(-37, 57, 3.7203)], [degrees(143, 55, 35.3839), degrees(-37, 39, 10.1561)]);
  check('geodesic: a length of 55 km to a millimetre', Math.abs(metres - 54_972.271) < 0.001 ? [] : [String(metres)]);
  // GRS 80 has 510,065,621.724 km²; an eighth of it lies between equator, two meridians and a pole (which is a point of
  // each of them).
  const octant = area([[0, 0], [90, 0], [90, 90], [0, 90]]);
  check('geodesic: an eighth of the earth', Math.abs(octant / (510_065_621.724e6 / 8) - 1) < 1e-6 ? [] : [String(octant)]);
  // A square kilometre near 焼津 is one however it is cut, and its direction does not matter.
  const [w, s, e, n] = [138.3, 34.8, 138.31, 34.81];
  const whole = area([[w, s], [e, s], [e, n], [w, n]]);
  const parts = area([[w, s], [e, s], [e, n]]) + area([[w, n], [e, n], [w, s]]);
  check('geodesic: parts sum to the whole', Math.abs(whole / parts - 1) < 1e-9 && Math.abs(whole - 1_014_600) < 2_000 ? [] : [`${whole} ${parts}`]);
}

async function ownFiles(browser, base, path, check, watch) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const problems = watch(page);
  const sent = [];
  page.on('request', (request) => {
    if (request.method() !== 'GET' || /secret/.test(request.url())) sent.push(`${request.method()} ${request.url()}`);
  });
  await page.goto(base + path);
  await page.locator('[data-map-idle]').waitFor({ timeout: 60_000 }).catch(() => problems.push('the map never rests'));
  const input = page.locator('[data-do="file"]');
  const answer = page.locator('#map-answer');
  const open = async (name, text, expected) => {
    await input.setInputFiles({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(text) });
    await page.waitForFunction((wanted) => document.querySelector('#map-answer')?.textContent?.includes(wanted), expected, { timeout: 10_000 }).catch(() => {});
    const said = await answer.textContent();
    check(`own file ${name}: ${expected}`, said?.includes(expected) ? [] : [`${said}`]);
    await input.setInputFiles([]);
  };
  const point = '{"type":"Feature","properties":{"name":"<img src=x onerror=alert(1)>secret"},"geometry":{"type":"Point","coordinates":[138.32,34.86]}}';
  await open('own.geojson', `{"type":"FeatureCollection","features":[${point},${point}]}`, '件数: 2');
  await open('own.csv', '名称,緯度,経度\n"secret, 庁舎",34.86,138.32\n位置なし,,\n', '件数: 1');
  await open('own.gpx', '<gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg><trkpt lat="34.86" lon="138.32"/><trkpt lat="34.87" lon="138.33"/></trkseg></trk></gpx>', '件数: 1');
  await open('broken.geojson', '{"type":"FeatureCollection","features":[', '読み取れませんでした');
  await open('far.geojson', '{"type":"Point","coordinates":[1e9,0]}', '読み取れませんでした');
  await open('proto.geojson', '{"type":"__proto__","coordinates":[]}', '読み取れませんでした');
  await open('deep.geojson', '['.repeat(200_000), '読み取れませんでした');
  await open('laughs.gpx', '<!DOCTYPE g [<!ENTITY a "aaaaaaaaaa">]><gpx>&a;</gpx>', '読み取れませんでした');
  await open('columns.csv', 'a,b\n1,2\n', '見つかりませんでした');
  await open('long.csv', `緯度,経度\n${'34,138\n'.repeat(10_010)}`, '大きすぎます');
  await open('big.geojson', ' '.repeat(5_000_001), '大きすぎます');
  check('own files: nothing of them is sent', sent);
  check('own files: nothing goes wrong', problems);
  await context.close();
}

async function position(browser, base, path, check) {
  const at = { latitude: 34.123456, longitude: 136.654321 };
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, geolocation: at, permissions: ['geolocation'] });
  const page = await context.newPage();
  const told = [];
  page.on('request', (request) => {
    if (/34\.12345|136\.65432/.test(request.url())) told.push(request.url());
  });
  await page.goto(base + path);
  await page.locator('[data-map-idle]').waitFor({ timeout: 60_000 }).catch(() => {});
  await page.locator('[data-do="locate"]').click();
  await page.waitForFunction(() => document.querySelector('#map-answer')?.textContent?.includes('現在地を表示しました'), null, { timeout: 10_000 }).catch(() => told.push('the position is not shown'));
  await page.waitForTimeout(1_500);
  if (/34\.12345|136\.65432/.test(page.url())) told.push(`the address tells it: ${page.url()}`);
  check('themed: the position is shown and told to nobody', told);
  await context.close();
}

async function framed(browser, base, path, check) {
  // A page of another site: `frame-ancestors` speaks of http and https alone.
  const other = createServer((_, answer) => {
    answer.setHeader('content-type', 'text/html');
    answer.end(`<iframe width="800" height="600" src="${base}${path}/embed"></iframe><iframe width="9" height="9" src="${base}${path}"></iframe>`);
  });
  await new Promise((listening) => other.listen(0, '127.0.0.1', listening));
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${other.address().port}/`);
  await page.frames()[1]?.waitForSelector('[data-themed]', { timeout: 20_000 }).catch(() => {});
  const heads = await Promise.all(page.frames().slice(1).map((frame) => frame.locator('[data-themed]').count().catch(() => 0)));
  check('themed: another page may frame the embedded map alone', heads[0] === 1 && heads[1] !== 1 ? [] : [JSON.stringify(heads)]);
  await page.close();
  other.close();
}

/** The printed page: one sheet of the right size, on which a length is what it says. */
async function sheet(browser, base, path, out, check) {
  for (const [paper, orientation, size] of [['a4', 'landscape', [297, 210]], ['a3', 'portrait', [297, 420]]]) {
    const address = path.replace('paper=a4', `paper=${paper}`).replace('orientation=landscape', `orientation=${orientation}`);
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, javaScriptEnabled: false });
    const page = await context.newPage();
    const opened = [];
    context.on('page', (other) => opened.push(other.url()));
    await page.goto(base + address);
    await page.emulateMedia({ media: 'print' });
    const found = await page.evaluate(() => {
      const svg = document.querySelector('svg.sheet');
      const [whole, half] = [svg, document.querySelector('path.scale')].map((part) => part.getBoundingClientRect());
      const bar = document.querySelector('path.scale');
      return {
        width: (whole.width * 25.4) / 96,
        height: (whole.height * 25.4) / 96,
        left: whole.left,
        top: whole.top,
        // Its outline is drawn half outside of it.
        bar: (bar.getBBox().width * whole.width) / svg.viewBox.baseVal.width * 2 * 25.4 / 96,
        metres: Number(bar.dataset.metres),
        scale: Number(svg.dataset.scale),
        half: half.width,
      };
    });
    const problems = [];
    if (Math.abs(found.width - size[0]) > 0.05 || Math.abs(found.height - size[1]) > 0.05) problems.push(`the sheet is ${found.width} × ${found.height} mm`);
    if (Math.abs(found.left) > 0.5 || Math.abs(found.top) > 0.5) problems.push(`the sheet stands at ${found.left}, ${found.top} px`);
    const error = Math.abs((found.bar / 1_000) * found.scale / found.metres - 1);
    if (!(error < 1e-3)) problems.push(`the scale bar is wrong by ${error}`);
    if (opened.length > 0) problems.push(`something opened: ${opened}`);
    const pdf = await page.pdf({ preferCSSPageSize: true, path: join(out, `sheet-${paper}-${orientation}.pdf`) });
    const text = pdf.toString('latin1');
    const sheets = [...text.matchAll(/\/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]/g)].map(([, w, h]) => [w, h].map((points) => (Number(points) * 25.4) / 72));
    if (sheets.length !== 1 || sheets.some(([w, h]) => Math.abs(w - size[0]) > 0.6 || Math.abs(h - size[1]) > 0.6)) problems.push(`printed on ${JSON.stringify(sheets)}`);
    check(`sheet ${paper} ${orientation}: one page of its size, true to scale`, problems);
    await context.close();
  }
}
