// Publishes a list at the staff desk of a server of its own, in Chromium with and without JavaScript, as three people would:
//   node tests/web/case.mjs --hiraku PATH --out DIR
// Every page on the way is looked at by axe and the HTML checker. The last line is "N passed, N failed"; the exit code is 1
// where something failed.
import { createHmac } from 'node:crypto';
import { execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AXE, chromium, htmlProblems } from './tools.mjs';

const argument = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at > 0 ? process.argv[at + 1] : otherwise;
};
const hiraku = argument('hiraku');
const out = argument('out', 'target/web-desk');
if (!hiraku) {
  console.error('usage: node tests/web/case.mjs --hiraku PATH --out DIR');
  process.exit(2);
}
await mkdir(out, { recursive: true });

const counts = { passed: 0, failed: 0 };
const check = (name, problems) => {
  const found = [problems].flat().filter(Boolean);
  counts[found.length === 0 ? 'passed' : 'failed'] += 1;
  if (found.length > 0) console.log(`FAILED ${name}`);
  for (const problem of found.slice(0, 8)) console.log(`   ${String(problem).slice(0, 900)}`);
};

const PASSWORD = 'tobira no mukou ni kujira';
const HEADER = '全国地方公共団体コード,ID,地方公共団体名,名称,名称_カナ,所在地_連結表記,緯度,経度,設置位置,電話番号,備考';
const ROWS = [
  '222127,0000000001,焼津市,焼津市役所,ヤイヅシヤクショ,静岡県焼津市本町二丁目16番32号,34.86680,138.32360,1階ロビー,054-626-1111,',
  '222127,0000000002,焼津市,大井川庁舎,オオイガワチョウシャ,静岡県焼津市宗高900番地,さんじゅうよん,138.29000,1階受付,054-662-0001,',
  '222127,0000000003,焼津市,焼津市立図書館,ヤイヅシリツトショカン,静岡県焼津市三ケ名1550番地,34.86010,138.31550,2階,054-628-2334,090-1234-5678',
];
const LIST = Buffer.from(`\ufeff${[HEADER, ...ROWS].join('\r\n')}\r\n`);

/** The code of an authenticator at this moment (RFC 6238). */
function code(typed, at = Date.now()) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...typed.replace(/[^A-Z2-7]/g, '')].map((c) => letters.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac('sha1', key).update(step).digest();
  const place = mac[19] & 15;
  return String((mac.readUInt32BE(place) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

const folder = await mkdtemp(join(tmpdir(), 'hiraku-desk-'));
const data = join(folder, 'data');
const port = await new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const own = server.address().port;
    server.close(() => resolve(own));
  });
});
const base = `http://127.0.0.1:${port}`;
const server = spawn(hiraku, ['serve', '--data', data, '--listen', `127.0.0.1:${port}`], { stdio: 'ignore' });
for (let tries = 0; tries < 300; tries += 1) {
  if (await fetch(base).then(() => true, () => false)) break;
  await new Promise((resolve) => setTimeout(resolve, 100));
}
// The server has made the data directory.
const links = {};
for (const [login, role] of [['tantou', 'editor'], ['kachou', 'approver'], ['sekinin', 'publisher']]) {
  const text = execFileSync(
    hiraku,
    ['user', 'add', '--data', data, login, '--name', `${login} 担当者`, '--role', `${role}:222127`],
    { encoding: 'utf8' },
  );
  links[login] = /\/desk\/link\/[0-9a-f]+/.exec(text)?.[0];
}

const browser = await chromium({ webgl: false });
const secrets = {};

/** Somebody at a browser of their own. */
async function person(login, javaScriptEnabled) {
  const context = await browser.newContext({ javaScriptEnabled, locale: 'ja-JP', viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  if (!secrets[login]) {
    await page.goto(base + links[login]);
    secrets[login] = /secret=([A-Z2-7]+)/.exec(await page.content())?.[1];
    await page.fill('#password', PASSWORD);
    await page.fill('#again', PASSWORD);
    await page.fill('#code', code(secrets[login]));
    await page.click('main form button');
  }
  await page.goto(`${base}/desk/sign-in`);
  await page.fill('[name=login]', login);
  await page.fill('[name=password]', PASSWORD);
  await page.click('main form button');
  // The code of the set-up is used up: the next one is taken ahead of its time.
  for (let ahead = 0; page.url().includes('second-factor') && ahead < 3; ahead += 1) {
    await page.fill('[name=code]', code(secrets[login], Date.now() + ahead * 30_000));
    await page.click('main form button');
    if (page.url().includes('second-factor')) await new Promise((resolve) => setTimeout(resolve, 15_000));
  }
  return page;
}

let shots = 0;

/** Looks at a page: valid, accessible, and nothing wider than a phone. */
async function look(page, name, scripted) {
  const kind = scripted ? 'script' : 'plain';
  check(`${name} (${kind}): valid HTML`, await htmlProblems(await page.content()));
  shots += 1;
  const file = (width) => join(out, `${String(shots).padStart(2, '0')}-${name}-${kind}-${width}.png`);
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({ path: file(width), fullPage: true });
    if (scripted) {
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      check(`${name} at ${width} px: nothing sticks out`, wide > 0 ? [`${wide} px too wide`] : []);
    }
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  if (!scripted) return;
  const copy = await browser.newContext({ bypassCSP: true, storageState: await page.context().storageState() });
  const own = await copy.newPage();
  await own.goto(page.url());
  for (const scheme of ['light', 'dark']) {
    await own.emulateMedia({ colorScheme: scheme });
    await own.addScriptTag({ content: AXE });
    const found = await own.evaluate(() =>
      globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
    );
    check(
      `${name} (${scheme}): axe`,
      found.violations.map((own) => `${own.id}: ${own.help} ${own.nodes.map((node) => node.html).join(' ')}`),
    );
  }
  await copy.close();
}

/** Waits for the end of a check: by script, or by the link that a person without it follows. */
async function checked(page, scripted) {
  for (let tries = 0; tries < 100; tries += 1) {
    if ((await page.locator('#checking').count()) === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 400));
    if (!scripted) await page.click('text=最新の状態を表示');
  }
  check('the check ends', ['it does not']);
}

const button = (page, text) => page.locator(`button:has-text("${text}")`).first();

async function publishes(scripted) {
  const editor = await person('tantou', scripted);
  const begun = Date.now();
  await editor.goto(`${base}/desk/cases`);
  await look(editor, 'cases-empty', scripted);
  await editor.click('text=新しく公開する');
  await look(editor, 'new', scripted);
  await editor.setInputFiles('#files', { name: 'AED一覧.csv', mimeType: 'text/csv', buffer: LIST });
  await button(editor, '送って点検する').click();
  await checked(editor, scripted);
  const home = editor.url();
  await look(editor, 'checked', scripted);
  await editor.goto(`${home}/findings`);
  await look(editor, 'findings', scripted);
  await editor.locator('input[value="さんじゅうよん"]').first().fill('34.80200');
  await button(editor, '入力した値で直して').click();
  await checked(editor, scripted);
  await look(editor, 'corrected', scripted);
  await editor.goto(`${home}/positions`);
  await look(editor, 'positions', scripted);
  await editor.goto(`${home}/about`);
  await look(editor, 'about', scripted);
  await button(editor, '保存する').click();
  await editor.fill('#submit-comment', 'AEDの一覧です。よろしくお願いします。');
  await button(editor, '承認を申請する').click();
  check('it is submitted', (await editor.content()).includes('申請中') ? [] : [editor.url()]);
  const seconds = (Date.now() - begun) / 1000;
  console.log(`from the first page to the question for approval: ${seconds.toFixed(1)} s`);
  check('within three minutes', seconds > 180 ? [`${seconds} s`] : []);

  const approver = await person('kachou', scripted);
  await approver.goto(`${base}/desk/cases`);
  await look(approver, 'inbox', scripted);
  await approver.locator('.case-list a').first().click();
  if ((await approver.locator('text=公開前の確認をする').count()) > 0) {
    await approver.goto(`${home}/holds`);
    await look(approver, 'holds', scripted);
    for (let tries = 0; tries < 10 && (await button(approver, '公開してよいことを確認').count()) > 0; tries += 1) {
      await approver.locator('textarea[name=comment]').first().fill('窓口の代表番号で、個人のものではないことを確認しました。');
      await button(approver, '公開してよいことを確認').click();
    }
    await approver.goto(home);
  }
  await look(approver, 'approve', scripted);
  await button(approver, '承認する').click();

  const publisher = await person('sekinin', scripted);
  await publisher.goto(`${home}/publish`);
  await look(publisher, 'publish', scripted);
  await button(publisher, '公開する').click();
  await publisher.waitForLoadState();
  for (let tries = 0; tries < 50 && !(await publisher.content()).includes('公開中のページを見る'); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    await publisher.goto(home);
  }
  await look(publisher, 'public', scripted);
  const seen = await fetch(base + (await publisher.locator('text=公開中のページを見る').getAttribute('href')));
  check('a citizen sees it', seen.status === 200 ? [] : [String(seen.status)]);
  await publisher.goto(`${home}/withdraw`);
  await look(publisher, 'withdraw', scripted);
  const before = Date.now();
  await publisher.fill('#comment', '座標の誤りが見つかったため');
  await button(publisher, '撤回する').click();
  await publisher.waitForLoadState();
  const gone = await fetch(seen.url);
  const took = (Date.now() - before) / 1000;
  console.log(`withdrawn within ${took.toFixed(1)} s`);
  check('it is gone', gone.status === 404 && took < 60 ? [] : [`${gone.status} after ${took} s`]);
  await look(publisher, 'withdrawn', scripted);
  await publisher.goto(`${base}/desk/templates`);
  await look(publisher, 'templates', scripted);
}

try {
  await publishes(true);
  await publishes(false);
} catch (error) {
  check('the way is gone to its end', [error.stack]);
} finally {
  await browser.close();
  server.kill('SIGTERM');
  await new Promise((resolve) => server.once('exit', resolve));
  await rm(folder, { recursive: true, force: true });
}
await writeFile(join(out, 'result.json'), JSON.stringify(counts));
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed > 0 ? 1 : 0);
