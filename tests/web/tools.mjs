// Chromium, axe and the HTML checker, all from web/node_modules and the system; nothing is downloaded.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const web = createRequire(join(import.meta.dirname, '../../web/package.json'));
const load = async (name) => import(pathToFileURL(web.resolve(name)).href);

/** The text of axe-core, to be put into a page. */
export const AXE = await readFile(web.resolve('axe-core/axe.min.js'), 'utf8');

/** Debian's Chromium without any traffic of its own, drawing WebGL in software unless told otherwise. */
export async function chromium({ webgl = true } = {}) {
  const { default: playwright, chromium: direct } = await load('playwright-core');
  return (direct ?? playwright.chromium).launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-default-apps',
      '--disable-sync',
      '--no-first-run',
      '--no-pings',
      ...(webgl
        ? ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader']
        : ['--disable-gpu', '--disable-3d-apis']),
    ],
  });
}

let validator;

/** What html-validate finds in a page; rules about taste are left to the style of the house. */
export async function htmlProblems(text) {
  if (!validator) {
    const { HtmlValidate, StaticConfigLoader } = await load('html-validate');
    validator = new HtmlValidate(
      new StaticConfigLoader({
        extends: ['html-validate:recommended'],
        rules: {
          // Long texts of data stand on one line; empty lines come from templates.
          'long-title': 'off',
          'no-trailing-whitespace': 'off',
          // Elements end as the templates write them; roles are given where older readers need them.
          'no-redundant-role': 'off',
          // A region that scrolls needs a name and a stop for the keyboard: div with role is the usual form.
          'prefer-native-element': 'off',
          'tel-non-breaking': 'off',
          // How an attribute without a value is written: a browser that is asked for its page writes it in one way only.
          'attribute-boolean-style': 'off',
          'attribute-empty-style': 'off',
          // Boxes of one list share their name: the answer is the list of those ticked.
          'form-dup-name': ['error', { shared: ['radio', 'checkbox', 'button', 'reset', 'submit'] }],
          // A picture whose click says where is no other button's work (choosing a place without script).
          'prefer-button': ['error', { exclude: ['image'] }],
          // Lists carry names (形式, 凡例): allowed by ARIA 1.2, and heard by those who jump from list to list.
          'aria-label-misuse': ['error', { allowAnyNamable: true }],
        },
      }),
    );
  }
  const report = await validator.validateString(text);
  return report.results.flatMap(({ messages }) =>
    messages.map(({ ruleId, message, line, column }) => `${line}:${column} ${ruleId}: ${message}`),
  );
}
