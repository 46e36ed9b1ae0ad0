// A person or a group as a disc: a picture where there is one, else a letter in a hue that is always the same for the same one.
import { el } from '../kernel/el.js';
import { attachmentUrl } from '../app/actions.js';
import { hueOf, initial } from '../app/format.js';
import { icon } from './icons.js';

/** @param {{ id: string, name: string, group?: boolean, size?: 'small' | 'large' | 'huge', picture?: string | null }} of */
export function avatar(of) {
  const inner = of.group ? icon('group', { size: of.size === 'huge' ? 36 : 22 }) : initial(of.name);
  const node = el('span', { class: `avatar hue-${hueOf(of.id)} ${of.size ?? ''}`, 'aria-hidden': 'true' }, inner);
  if (of.picture) {
    // One that cannot be had leaves what stands behind it.
    const image = el('img', { src: attachmentUrl(of.picture, of.size === 'huge' ? undefined : 'small'), alt: '', loading: 'lazy', decoding: 'async', onerror: () => image.remove() });
    node.append(image);
  }
  return node;
}
