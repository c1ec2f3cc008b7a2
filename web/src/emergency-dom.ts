// Elements of the lists, made without markup: every text is a text.

const SVG = 'http://www.w3.org/2000/svg';

/** An element with attributes and children; what is false or missing is left out. */
export function element(
  tag: string,
  attributes: Record<string, string>,
  ...children: (Node | string | false | undefined)[]
): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.filter((child): child is Node | string => Boolean(child)));
  return made;
}

/** An arrow that points so many degrees clockwise from north. */
export function arrow(degrees: number): SVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  for (const [name, value] of Object.entries({ class: 'arrow', width: '28', height: '28', viewBox: '0 0 28 28' })) {
    svg.setAttribute(name, value);
  }
  svg.setAttribute('aria-hidden', 'true');
  const turned = document.createElementNS(SVG, 'g');
  turned.setAttribute('transform', `rotate(${degrees.toFixed(0)} 14 14)`);
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', 'M14 3l8 20-8-5-8 5z');
  turned.append(path);
  svg.append(turned);
  return svg;
}

/** A wording with its places (`{name}`) filled in. */
export function fill(text: string, places: Record<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (mark, name: string) => places[name] ?? mark);
}
