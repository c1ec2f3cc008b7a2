// The staff desk works without this: it only renews how far a check is, and shows the outcome once it is over.
const EVERY_MS = 1_500;

const part = document.querySelector<HTMLElement>('[data-progress]');
const href = part?.dataset['progress'];

async function renew(place: HTMLElement, from: string): Promise<void> {
  try {
    const answer = await fetch(from, { headers: { accept: 'text/html' } });
    if (answer.status === 204) {
      location.reload();
      return;
    }
    if (answer.ok) {
      const text = await answer.text();
      // Said again only where something is new, so that nobody hears the same twice.
      if (text !== place.innerHTML) place.innerHTML = text;
    }
  } catch {
    // The network is away for a moment; the link beside it stays.
  }
  setTimeout(() => void renew(place, from), EVERY_MS);
}

if (part && href) setTimeout(() => void renew(part, href), EVERY_MS);
