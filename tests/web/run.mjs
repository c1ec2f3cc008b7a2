// Opens every kind of page of a running server in Chromium and fails on anything a visitor should not meet:
//   node tests/web/run.mjs --base http://127.0.0.1:PORT --out DIR [--only KIND]
// Pages are found from the server itself (package_list, tiles.json), never by name. The last line is
// "N passed, N failed"; the exit code is 1 where something failed.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AXE, chromium, htmlProblems } from './tools.mjs';
import { discover } from './discover.mjs';
import { emergencyChecks } from './emergency.mjs';
import { mapChecks } from './map.mjs';
import { themedChecks } from './themed.mjs';

const argument = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at > 0 ? process.argv[at + 1] : otherwise;
};
const base = argument('base')?.replace(/\/$/, '');
const out = argument('out', 'target/web-test');
// While working on one kind of page: --only 'map:' looks at those alone.
const only = argument('only', '');
if (!base) {
  console.error('usage: node tests/web/run.mjs --base http://127.0.0.1:PORT --out DIR');
  process.exit(2);
}
await mkdir(out, { recursive: true });

const counts = { passed: 0, failed: 0 };
const check = (name, problems) => {
  const found = [problems].flat().filter(Boolean);
  if (found.length === 0) {
    counts.passed += 1;
    return;
  }
  counts.failed += 1;
  console.log(`FAILED ${name}`);
  for (const problem of found.slice(0, 8)) console.log(`   ${String(problem).slice(0, 600)}`);
};

/** Notes everything that goes wrong on a page, from its first byte on. */
function watch(page, { status = 200 } = {}) {
  const problems = [];
  page.on('console', (message) => {
    // A page that is meant to be missing is reported by the browser as a failed resource; that one is expected.
    const expected = status !== 200 && /status of (4|5)\d\d/.test(message.text());
    if (message.type() === 'error' && !expected) problems.push(`console: ${message.text()}`);
    if (/Content Security Policy/.test(message.text())) problems.push(`policy: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`script: ${error.message}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (!['data:', 'blob:'].includes(url.protocol) && url.origin !== base) problems.push(`outside: ${url.href}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400 && response.status() !== status) {
      problems.push(`${response.status()}: ${response.url()}`);
    }
  });
  return problems;
}

/** Whether script makes a moving map of the page. */
const moves = (kind) => /^(map|themed):/.test(kind);

const WIDTHS = [390, 1280];
const browser = await chromium();
try {
  const pages = (await discover(base)).filter(({ kind }) => kind.startsWith(only));
  console.log(`${pages.length} kinds of pages at ${base}`);

  for (const { kind, path, status } of pages) {
    const html = await fetch(base + path);
    const text = await html.text();
    check(`${kind}: answers ${status}`, html.status === status ? [] : [`${html.status} at ${path}`]);
    check(`${kind}: valid HTML`, await htmlProblems(text));
    if (kind === 'home' || kind === 'search') {
      // The budget before fonts: the page and its style sheet as sent.
      const sheet = /href="(\/assets\/site-[^"]+\.css)"/.exec(text)?.[1];
      const sent = async (url) => {
        const answer = await fetch(base + url, { headers: { 'accept-encoding': 'br' } });
        return Number(answer.headers.get('content-length') ?? (await answer.arrayBuffer()).byteLength);
      };
      const bytes = (await sent(path)) + (sheet ? await sent(sheet) : 0);
      check(`${kind}: at most 60 KB before fonts`, bytes <= 60_000 ? [] : [`${bytes} bytes`]);
    }

    for (const width of WIDTHS) {
      for (const scheme of ['light', 'dark']) {
        if (scheme === 'dark' && width !== 1280) continue;
        const context = await browser.newContext({
          viewport: { width, height: width < 600 ? 844 : 900 },
          colorScheme: scheme,
          bypassCSP: false,
          locale: 'ja-JP',
        });
        const page = await context.newPage();
        const problems = watch(page, { status });
        await page.goto(base + path, { waitUntil: 'load' });
        if (moves(kind)) {
          await page.waitForSelector('[data-map-idle]', { timeout: 30_000 }).catch(() => problems.push('the map never rests'));
        }
        await page.waitForTimeout(300);
        const name = `${kind.replace(/[^a-z0-9]+/g, '-')}-${width}${scheme === 'dark' ? '-dark' : ''}`;
        await page.screenshot({ path: join(out, `${name}.png`), fullPage: !moves(kind) });
        check(`${name}: nothing goes wrong`, problems);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        check(`${name}: does not scroll sideways`, wide <= 0 ? [] : [`${wide} px too wide`]);
        await context.close();
      }
      // axe is not part of the page, so it goes in where the policy is passed over; nothing else is checked there.
      const context = await browser.newContext({ viewport: { width, height: 900 }, bypassCSP: true, locale: 'ja-JP' });
      const page = await context.newPage();
      await page.goto(base + path, { waitUntil: 'load' });
      if (moves(kind)) await page.waitForSelector('[data-map-idle]', { timeout: 30_000 }).catch(() => {});
      await page.addScriptTag({ content: AXE });
      const violations = await page.evaluate(async () => {
        const found = await globalThis.axe.run(document, {
          runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
        });
        return found.violations.map(({ id, help, nodes }) => `${id}: ${help} — ${nodes.slice(0, 3).map((n) => n.html).join(' | ')}`);
      });
      check(`${kind} at ${width}: axe finds nothing`, violations);
      await context.close();
    }

    // 320 px: the narrowest width that WCAG 1.4.10 asks for.
    const narrow = await browser.newContext({ viewport: { width: 320, height: 700 }, javaScriptEnabled: false });
    const small = await narrow.newPage();
    await small.goto(base + path);
    const over = await small.evaluate(() => document.documentElement.scrollWidth - 320).catch(() => 0);
    check(`${kind}: fits 320 px`, over <= 0 ? [] : [`${over} px too wide`]);
    await narrow.close();
  }

  await mapChecks({ browser, base, out, pages, check, watch });
  await themedChecks({ browser, base, out, pages, check, watch });
  if ('emergency'.startsWith(only) || only.startsWith('emergency')) await emergencyChecks({ browser, base, check, watch });

  // By keyboard: the first stop is the way to the text, and it is seen.
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.goto(`${base}/`);
  await page.keyboard.press('Tab');
  const first = await page.evaluate(() => {
    const rect = document.activeElement?.getBoundingClientRect();
    return { href: document.activeElement?.getAttribute('href'), top: rect?.top ?? -1 };
  });
  check('keyboard: the first stop leads to the text and is seen', first.href === '#main' && first.top >= 0 ? [] : [JSON.stringify(first)]);
  await context.close();
} finally {
  await browser.close();
}
await writeFile(join(out, 'result.json'), JSON.stringify(counts));
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0);
