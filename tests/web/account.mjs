// Follows the first link of a running server in Chromium, signs in with the second factor and looks at every page of
// accounts, without and with script:
//   node tests/web/account.mjs --base http://127.0.0.1:PORT --link URL [--out DIR]
// The last line is "N passed, N failed"; the exit code is 1 where something failed.
import { createHmac } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AXE, chromium, htmlProblems } from './tools.mjs';

const argument = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at > 0 ? process.argv[at + 1] : otherwise;
};
const base = argument('base')?.replace(/\/$/, '');
const link = argument('link');
const out = argument('out', 'target/web-test');
if (!base || !link) {
  console.error('usage: node tests/web/account.mjs --base http://127.0.0.1:PORT --link URL [--out DIR]');
  process.exit(2);
}
await mkdir(out, { recursive: true });

const counts = { passed: 0, failed: 0 };
const check = (name, problems) => {
  const found = [problems].flat().filter(Boolean);
  counts[found.length === 0 ? 'passed' : 'failed'] += 1;
  if (found.length > 0) console.log(`FAILED ${name}`);
  for (const problem of found.slice(0, 8)) console.log(`   ${String(problem).slice(0, 600)}`);
};

/** The code of a moment (RFC 6238), by a second hand. */
const code = (key, at = Date.now()) => {
  const bits = [...key.replace(/[^A-Z2-7]/g, '')]
    .map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'))
    .join('');
  const secret = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac('sha1', secret).update(step).digest();
  return String((mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
};

const PASSWORD = 'tobira no mukou ni kujira';
const browser = await chromium({ webgl: false });
try {
  // People without script first: everything is done by forms.
  const plain = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
  const page = await plain.newPage();
  const press = async (words) => {
    await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: words }).first().click()]);
  };
  await page.goto(link);
  const picture = await page.locator('svg.desk-qr').count();
  check('link: the key as a picture', picture === 1 ? [] : ['no picture']);
  const key = await page.locator('code.desk-key').innerText();
  await page.screenshot({ path: join(out, 'desk-link-390.png'), fullPage: true });
  await page.getByLabel('サインインの名前').fill('unyou');
  await page.getByLabel('表示する名前').fill('情報推進課 担当者');
  await page.getByLabel('新しいパスワード', { exact: true }).fill(PASSWORD);
  await page.getByLabel('新しいパスワード(もう一度)').fill(PASSWORD);
  await page.getByLabel('6桁の確認コード').fill(code(key));
  await press('登録する');
  const codes = await page.locator('.desk-codes code').allInnerTexts();
  check('link: ten recovery codes', codes.length === 10 ? [] : [await page.locator('main').innerText()]);
  await page.screenshot({ path: join(out, 'desk-codes-390.png'), fullPage: true });
  await page.goto(`${base}/desk/accounts`);
  check('sign-in: asked for, with where to go on to', page.url().endsWith('/desk/sign-in?next=%2Fdesk%2Faccounts') ? [] : [page.url()]);
  await page.getByLabel('サインインの名前').fill('unyou');
  await page.getByLabel('パスワード').fill(PASSWORD);
  await press('次へ');
  // The code of this half minute was used at the set-up: a recovery code stands in.
  await page.getByLabel('確認コードまたは回復コード').fill(codes[0]);
  await press('サインイン');
  check('sign-in: led on', page.url() === `${base}/desk/accounts` ? [] : [page.url()]);
  await page.goto(`${base}/desk/organizations`);
  await page.getByLabel('略称').fill('kikaku');
  await page.getByLabel('部署の名前').fill('企画課');
  await press('登録する');
  await page.goto(`${base}/desk/accounts/new`);
  await page.getByLabel('サインインの名前').fill('kikaku');
  await page.getByLabel('表示する名前').fill('企画課 担当者');
  await page.getByLabel('役割').selectOption('editor');
  await page.getByLabel('組織').selectOption({ index: 1 });
  await press('招待する');
  check('invitation: a link', (await page.locator('main').innerText()).includes('/desk/link/') ? [] : ['no link']);
  await page.goto(`${base}/desk/accounts`);
  const account = await page.getByRole('link', { name: '企画課 担当者' }).getAttribute('href');
  const cookies = await plain.cookies();
  check('cookies: not for scripts', cookies.filter(({ httpOnly, sameSite }) => !httpOnly || sameSite !== 'Lax'));
  await plain.close();

  const paths = {
    home: '/desk', accounts: '/desk/accounts', account, edit: `${account}/edit`, new: '/desk/accounts/new',
    organizations: '/desk/organizations', tokens: '/desk/tokens', audit: '/desk/audit?check=1', own: '/desk/own',
    password: '/desk/own/password', factor: '/desk/own/second-factor', confirm: '/desk/confirm',
    'sign-in': '/desk/sign-in', missing: '/desk/accounts/none',
  };
  for (const width of [320, 390, 1280]) {
    const context = await browser.newContext({ viewport: { width, height: 900 }, bypassCSP: true });
    await context.addCookies(cookies.map(({ name, value }) => ({ name, value, url: base })));
    for (const [kind, path] of Object.entries(paths)) {
      // Whoever is signed in does not see the sign-in.
      const own = kind === 'sign-in' ? await browser.newContext({ viewport: { width, height: 900 }, bypassCSP: true }) : context;
      const page = await own.newPage();
      const problems = [];
      page.on('console', (message) => {
        if (message.type() === 'error' && kind !== 'missing') problems.push(`console: ${message.text()}`);
      });
      page.on('request', (request) => {
        if (new URL(request.url()).origin !== base) problems.push(`outside: ${request.url()}`);
      });
      const answer = await page.goto(base + path);
      if (width === 390) check(`${kind}: valid HTML`, await htmlProblems(await answer.text()));
      await page.addScriptTag({ content: AXE });
      const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
      check(`${kind} ${width}: axe`, violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`));
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      check(`${kind} ${width}: fits the width`, wide <= 0 ? [] : [`${wide} px too wide`]);
      check(`${kind} ${width}: quiet`, problems);
      await page.screenshot({ path: join(out, `desk-${kind}-${width}.png`), fullPage: true });
      await page.close();
      if (own !== context) await own.close();
    }
    await context.close();
  }
} finally {
  await browser.close();
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed > 0 ? 1 : 0);
