// The map: drawn and labelled by MapLibre, followed by its list; and whole without script or WebGL.
import { join } from 'node:path';
import { chromium } from './tools.mjs';

/** Ways of a visitor on each map page. */
export async function mapChecks({ browser, base, out, pages, check, watch }) {
  for (const { kind, path } of pages.filter((page) => page.kind.startsWith('map:'))) {
    await withoutScript(browser, base + path, kind, check);
    await withScript(browser, base, path, kind, out, check, watch);
  }
  const first = pages.find((page) => page.kind.startsWith('map:'));
  if (first) await withoutWebgl(base + first.path, check);
}

async function withoutScript(browser, url, kind, check) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(url);
  const picture = page.locator('[data-map] > svg');
  const drawn = await picture.locator('circle.point, path.line, path.area').count();
  const listed = await page.locator('#feature-list li[data-feature]').count();
  check(`${kind} without script: a picture and a list`, (await picture.isVisible()) && drawn > 0 && listed > 0 ? [] : [`${drawn} drawn, ${listed} listed`]);
  const before = page.url();
  await page.getByRole('link', { name: '拡大' }).click();
  check(`${kind} without script: the picture zooms by a link`, page.url() !== before && page.url().includes('bbox=') && (await picture.isVisible()) ? [] : [page.url()]);
  await context.close();
}

async function withScript(browser, base, path, kind, out, check, watch) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const problems = watch(page);
  await page.goto(base + path);
  const idle = page.locator('[data-map-idle]');
  await idle.waitFor({ timeout: 30_000 }).catch(() => problems.push('the map never rests'));
  const data = await page.locator('[data-map]').evaluate((frame) => ({ ...frame.dataset }));
  check(`${kind}: features are drawn`, Number(data.mapFeatures) > 0 ? [] : [JSON.stringify(data)]);
  check(`${kind}: names are written`, Number(data.mapLabels) > 0 ? [] : [JSON.stringify(data)]);
  check(`${kind}: letters come from our own font`, await page.evaluate(async () => {
    const own = performance.getEntriesByType('resource').filter((entry) => /noto-sans-jp-\d+-wght/.test(entry.name));
    return own.length > 0 ? [] : ['no subset of the font was loaded'];
  }));
  // The picture of the canvas has several colours: something is drawn, not only the ground.
  const canvas = page.locator('.map-canvas canvas');
  const shot = await canvas.screenshot({ path: join(out, `${kind.replace(/[^a-z]+/g, '-')}-canvas.png`) });
  const colours = await page.evaluate(async (png) => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.from(png)], { type: 'image/png' }));
    const { width, height } = bitmap;
    const surface = new OffscreenCanvas(width, height);
    const context = surface.getContext('2d');
    context.drawImage(bitmap, 0, 0);
    const { data: pixels } = context.getImageData(0, 0, width, height);
    const seen = new Set();
    for (let at = 0; at < pixels.length; at += 4) seen.add((pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2]);
    return seen.size;
  }, [...shot]);
  check(`${kind}: the canvas is more than its ground`, colours > 20 ? [] : [`${colours} colours`]);

  // By keyboard: the map zooms, the address and the list follow.
  const count = () => page.locator('#feature-list .list-count').textContent();
  const before = await count();
  await canvas.focus();
  for (let press = 0; press < 3; press += 1) {
    await page.keyboard.press('+');
    await page.waitForTimeout(500);
  }
  await page.waitForFunction(() => location.search.includes('bbox='), null, { timeout: 10_000 }).catch(() => problems.push('the address does not follow the map'));
  await page.waitForTimeout(1_000);
  const after = await count();
  check(`${kind}: the list follows the map by keyboard`, before !== after || before?.includes('1件') ? [] : [`${before} → ${after}`]);
  const reopened = await browser.newPage();
  await reopened.goto(page.url());
  const again = await reopened.locator('#feature-list .list-count').textContent();
  check(`${kind}: the address opens the same list`, (again ?? '').includes((/[\d,]+件/.exec(after ?? '') ?? ['?'])[0]) ? [] : [`${after} → ${again}`]);
  await reopened.close();
  check(`${kind}: nothing goes wrong while it is used`, problems);
  await context.close();
}

async function withoutWebgl(url, check) {
  const browser = await chromium({ webgl: false });
  try {
    const page = await browser.newPage();
    await page.goto(url);
    await page.locator('[data-map-state="picture"]').waitFor({ timeout: 20_000 }).catch(() => {});
    const state = await page.locator('[data-map]').getAttribute('data-map-state');
    const visible = await page.locator('[data-map] > svg').isVisible();
    const tools = await page.getByRole('link', { name: '拡大' }).isVisible();
    check('map without WebGL: the picture and its links stay', state === 'picture' && visible && tools ? [] : [`${state} ${visible} ${tools}`]);
  } finally {
    await browser.close();
  }
}
