// The service worker of 防災: answers for the server where the network does not. It keeps the shell of the page with
// its style and script, under a name that carries their version; the shelters are kept by the page (emergency.ts).
// It asks for nothing but addresses of this site, and none of them holds a position.

/** What the server writes above this script: the version, the shell, and what the shell needs. */
interface Files {
  version: string;
  shell: string;
  assets: string[];
}

interface LifeEvent extends Event {
  waitUntil(done: Promise<unknown>): void;
}

interface AskedEvent extends LifeEvent {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

interface Scope {
  hirakuFiles: Files;
  clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(kind: 'install' | 'activate', take: (event: LifeEvent) => void): void;
  addEventListener(kind: 'fetch', take: (event: AskedEvent) => void): void;
  addEventListener(kind: 'message', take: (event: LifeEvent & { data: unknown }) => void): void;
}

const scope = self as unknown as Scope;
const { version, shell, assets } = scope.hirakuFiles;
const PREFIX = 'hiraku-emergency-files-';
const NAME = PREFIX + version;
/** On a congested network the kept page is better than none: how long the server is waited for, ms. */
const PATIENCE_MS = 6_000;
const LOOSE = { ignoreVary: true };

scope.addEventListener('install', (event) => {
  const keep = async () => {
    const cache = await caches.open(NAME);
    await cache.addAll([shell, ...assets]);
    await scope.skipWaiting();
  };
  event.waitUntil(keep());
});

scope.addEventListener('activate', (event) => {
  const clean = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== NAME).map((name) => caches.delete(name)));
    await scope.clients.claim();
  };
  event.waitUntil(clean());
});

// The page was seen in another language: the shell is fetched anew.
scope.addEventListener('message', (event) => {
  if (event.data === 'renew') {
    event.waitUntil(caches.open(NAME).then((cache) => cache.add(shell)).catch(() => undefined));
  }
});

/** The server's answer, or the kept shell where none comes in time. */
async function page(request: Request): Promise<Response> {
  const kept = await caches.match(shell, LOOSE);
  const asked = fetch(request);
  if (!kept) return asked;
  const late = new Promise<Response>((resolve) => setTimeout(() => resolve(kept), PATIENCE_MS));
  // A server that is there and answers with an error of its own is offline too, for whoever needs a shelter.
  const answered = asked.then((answer) => (answer.status >= 500 ? kept : answer)).catch(() => kept);
  return Promise.race([answered, late]);
}

async function keptFirst(request: Request): Promise<Response> {
  return (await caches.match(request, LOOSE)) ?? fetch(request);
}

/** Fonts are not kept: without a network the device's own are used, and nobody is told of an error. */
async function fonts(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch {
    return new Response('', { headers: { 'content-type': 'text/css' } });
  }
}

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  const path = url.pathname;
  if (request.mode === 'navigate') {
    if (path === '/emergency' || path === shell) event.respondWith(page(request));
  } else if (assets.includes(path) || path.startsWith('/emergency/data/')) {
    event.respondWith(keptFirst(request));
  } else if (/^\/assets\/fonts-[^/]*\.css$/.test(path)) {
    event.respondWith(fonts(request));
  }
});

export {};
