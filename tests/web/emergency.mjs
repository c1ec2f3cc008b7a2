// 防災 in a browser: one tap from the home page, nearest first by the device's position, offline after one visit, by
// keyboard alone – and a position in no request, whatever happens.

import { AXE } from './tools.mjs';

/** Where the device says it is: 津駅. Written so that no other number on the way can look like it. */
const HERE = { latitude: 34.734157, longitude: 136.510253 };
const DIGITS = /34\.73|136\.51/;

/** Metres between two positions: the mid-latitude formula on GRS 80, another way than the page's own. */
function metres(from, to) {
  const rad = Math.PI / 180;
  const middle = ((from.lat + to.lat) / 2) * rad;
  const w = Math.sqrt(1 - 0.0066943800229 * Math.sin(middle) ** 2);
  const north = ((to.lat - from.lat) * rad * 6378137 * (1 - 0.0066943800229)) / w ** 3;
  const east = ((to.lon - from.lon) * rad * (6378137 / w)) * Math.cos(middle);
  return Math.hypot(north, east);
}

/** The shelters of a file that carry a mark, the nearest first. */
function byHand(file, bit) {
  const here = { lat: HERE.latitude, lon: HERE.longitude };
  return file.shelters
    .filter((row) => row[6] & bit && row[4] && row[5])
    .map((row) => ({ name: row[2], metres: metres(here, { lon: row[4] / 1e5, lat: row[5] / 1e5 }) }))
    .sort((a, b) => a.metres - b.metres);
}

export async function emergencyChecks({ browser, base, check, watch }) {
  const json = async (path) => (await fetch(base + path)).json();
  const { cities } = await json('/emergency/data.json');
  const city = cities.find(({ bbox }) => bbox && bbox[0] <= HERE.longitude && HERE.longitude <= bbox[2] && bbox[1] <= HERE.latitude && HERE.latitude <= bbox[3]);
  check('emergency: there is a municipality around the device', city ? [] : ['none']);
  if (!city) return;
  const file = await json(city.href);
  const floods = byHand(file, 1);

  const context = await browser.newContext({
    viewport: { width: 390, height: 844 },
    locale: 'ja-JP',
    geolocation: HERE,
    permissions: ['geolocation'],
  });
  const requests = [];
  context.on('request', (request) => requests.push(`${request.method()} ${request.url()} ${request.postData() ?? ''}`));
  const page = await context.newPage();
  const problems = watch(page);
  await page.goto(`${base}/`);
  await page.getByRole('link', { name: /近くの避難場所/ }).first().click();
  await page.waitForURL(`${base}/emergency`);
  check('emergency: one tap from the home page', []);
  await page.goto(`${base}/emergency?city=${city.code}&hazard=flood`);
  await page.waitForSelector('#emergency[data-ready="online"][data-kept="true"]', { timeout: 15_000 });

  // By keyboard: the button of the position, and the sentence that says what came.
  const nearest = async (bit, hazard) => {
    const expected = byHand(file, bit);
    const names = await page.$$eval('#results ol.shelters > li h3', (items) => items.map((item) => item.textContent));
    const own = new Map(expected.map(({ name, metres }) => [name, metres]));
    const wrong = names.filter((name, at) => {
      const mine = own.get(name);
      // A neighbour's shelter may stand between; one of this city without the mark may not.
      return mine === undefined ? file.shelters.some((row) => row[2] === name) : at > 0 && own.has(names[at - 1]) && own.get(names[at - 1]) > mine + 0.5;
    });
    return [...(names.length > 0 ? [] : [`${hazard}: nothing listed`]), ...(names[0] === expected[0]?.name ? [] : [`${hazard}: ${names[0]} is first, ${expected[0]?.name} should be`]), ...wrong.map((name) => `${hazard}: ${name} stands wrongly`)];
  };
  await page.locator('#emergency-here').focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => /最も近いのは/.test(document.getElementById('emergency-status')?.textContent ?? ''), null, { timeout: 10_000 });
  check('emergency: nearest first from the device', await nearest(1, 'flood'));
  const said = await page.textContent('#emergency-status');
  check('emergency: the live region names the nearest', said.includes(floods[0].name) ? [] : [said]);
  check('emergency: the sentence is a status', (await page.getAttribute('#emergency-status', 'role')) === 'status' ? [] : ['no role']);
  await page.getByRole('link', { name: '津波', exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => /津波/.test(document.getElementById('results-title')?.textContent ?? ''));
  check('emergency: another hazard keeps the position in the page', await nearest(16, 'tsunami'));
  check('emergency: the address holds no position', DIGITS.test(page.url()) ? [page.url()] : []);

  // Offline after one visit.
  await context.setOffline(true);
  await page.goto(`${base}/emergency?hazard=flood`, { waitUntil: 'load' });
  await page.waitForSelector('#emergency[data-ready="offline"]', { timeout: 15_000 });
  check('emergency: offline, the notice is seen', (await page.isVisible('#emergency-offline')) ? [] : ['hidden']);
  await page.waitForSelector('#results ol.shelters > li');
  check('emergency: offline, the date of the data is seen', (await page.textContent('#results')).includes(file.date) ? [] : ['no date']);
  await page.locator('#emergency-here').focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => /最も近いのは/.test(document.getElementById('emergency-status')?.textContent ?? ''), null, { timeout: 10_000 });
  check('emergency: offline, nearest first', await nearest(1, 'flood'));
  await page.getByRole('link', { name: '地震', exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => /地震/.test(document.getElementById('results-title')?.textContent ?? ''));
  check('emergency: offline, another hazard', await nearest(8, 'earthquake'));
  const styled = await page.evaluate(() => getComputedStyle(document.querySelector('.chip')).borderRadius !== '0px');
  check('emergency: offline, the page has its style', styled ? [] : ['no style']);
  await context.setOffline(false);

  // What is withdrawn goes with the next visit: the list of files names the municipality no more.
  const keptFiles = () =>
    page.evaluate(async () => {
      const cache = await caches.open('hiraku-emergency-data');
      return (await cache.keys()).map(({ url }) => new URL(url).pathname).filter((path) => path.startsWith('/emergency/data/'));
    });
  await page.goto(`${base}/emergency`);
  await page.waitForSelector('#emergency[data-ready="online"]');
  check('emergency: the files are kept', (await keptFiles()).includes(city.href) ? [] : ['the file of the municipality is not']);
  // The worker must not hide the changed answers from the test.
  const strict = await browser.newContext({ serviceWorkers: 'block', locale: 'ja-JP' });
  const other = await strict.newPage();
  await other.goto(`${base}/emergency?city=${city.code}`);
  await other.waitForSelector('#emergency[data-ready="online"]');
  const held = () =>
    other.evaluate(async () => {
      const cache = await caches.open('hiraku-emergency-data');
      return (await cache.keys()).map(({ url }) => new URL(url).pathname).filter((path) => path.startsWith('/emergency/data/'));
    });
  const [before] = await held();
  const newer = before?.replace(/-[0-9a-f]+\.json$/, '-ffffffffffffffff.json');
  await strict.route('**/emergency/data.json', (route) => route.fulfill({ json: { cities: [{ ...city, href: newer }] } }));
  await strict.route(`**${newer}`, (route) => route.fulfill({ json: file }));
  await other.goto(`${base}/emergency`);
  await other.waitForSelector('#emergency[data-ready="online"]');
  check('emergency: a new version takes the place of the old', JSON.stringify(await held()) === JSON.stringify([newer]) ? [] : [JSON.stringify(await held())]);
  await strict.unroute('**/emergency/data.json');
  await strict.route('**/emergency/data.json', (route) => route.fulfill({ json: { cities: [] } }));
  await other.goto(`${base}/emergency`);
  await other.waitForSelector('#emergency[data-ready="online"]');
  check('emergency: what is withdrawn vanishes', (await held()).length === 0 ? [] : [JSON.stringify(await held())]);
  await strict.close();

  check('emergency: nothing goes wrong', problems.filter((problem) => !/ERR_INTERNET_DISCONNECTED|Failed to fetch/.test(problem)));
  check('emergency: a position is in no request', requests.filter((line) => DIGITS.test(line)));
  check('emergency: no request to another host', requests.filter((line) => !line.includes(` ${base}/`) && !/ (data|blob):/.test(line)));
  await context.close();

  // The lists that the script makes are as accessible as the server's, in every language.
  for (const language of ['ja', 'ja-yasashii', 'en']) {
    const loose = await browser.newContext({ bypassCSP: true, geolocation: HERE, permissions: ['geolocation'], viewport: { width: 390, height: 844 } });
    const own = await loose.newPage();
    await own.goto(`${base}/emergency?city=${city.code}&hazard=flood&lang=${language}`);
    await own.waitForSelector('#emergency[data-ready="online"]');
    for (const path of ['', '/emergency/offline?hazard=flood']) {
      if (path) {
        await own.goto(base + path);
        await own.waitForSelector('#emergency[data-ready="online"]');
      }
      await own.locator('#emergency-here').click();
      await own.waitForSelector('#results .way');
      await own.addScriptTag({ content: AXE });
      const violations = await own.evaluate(async () => {
        const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
        const found = await globalThis.axe.run(document, { runOnly: tags });
        return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
      });
      check(`emergency: axe finds nothing in the list of the script, ${language} ${path}`, violations);
    }
    const lang = await own.getAttribute('html', 'lang');
    check(`emergency: the shell speaks ${language}`, lang === (language === 'en' ? 'en' : 'ja') ? [] : [lang]);
    await loose.close();
  }

  // Without script: hazard, town, list; and the place in the middle of the map by keyboard.
  const plain = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 320, height: 700 } });
  const bare = await plain.newPage();
  await bare.goto(`${base}/emergency?city=${city.code}`);
  await bare.getByRole('link', { name: '洪水', exact: true }).click();
  await bare.selectOption('#town', { index: 3 });
  await bare.getByRole('button', { name: /この町から/ }).click();
  const listed = await bare.locator('#results ol.shelters > li .way').count();
  check('emergency: without script, a town gives distances', listed === 20 ? [] : [`${listed} of 20`]);
  await bare.locator('#pick summary').click();
  await bare.locator('.pick-map').click({ position: { x: 60, y: 200 } });
  const address = new URL(bare.url());
  check('emergency: without script, a click on the map gives a position', address.searchParams.has('lat') && address.pathname === '/emergency' ? [] : [bare.url()]);
  await bare.getByRole('link', { name: 'この地点について' }).click();
  check('emergency: the report of the place', (await bare.textContent('h1')) === 'この場所について' ? [] : [bare.url()]);
  await plain.close();

  // The report fits one sheet of A4.
  const printed = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'ja-JP' });
  const sheet = await printed.newPage();
  const yaizu = cities.find(({ code }) => code === '222127') ?? city;
  const [west, south, east, north] = yaizu.bbox;
  await sheet.goto(`${base}/point?lat=${((south + north) / 2).toFixed(5)}&lon=${((west + east) / 2).toFixed(5)}`);
  const pdf = await sheet.pdf({ format: 'A4', preferCSSPageSize: true });
  const sheets = pdf.toString('latin1').match(/\/Type\s*\/Page[^s]/g)?.length ?? 0;
  check('point: one sheet of A4', sheets === 1 ? [] : [`${sheets} sheets`]);
  await printed.close();
}
