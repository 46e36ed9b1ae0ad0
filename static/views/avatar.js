// A person or a group as a disc with a letter, in a hue that is always the same for the same one.
import { el } from '../kernel/el.js';
import { hueOf, initial } from '../app/format.js';
import { icon } from './icons.js';

/** @param {{ id: string, name: string, group?: boolean, size?: 'small' | 'large' | 'huge' }} of */
export function avatar(of) {
  return el(
    'span',
    { class: `avatar hue-${hueOf(of.id)} ${of.size ?? ''}`, 'aria-hidden': 'true' },
    of.group ? icon('group', { size: of.size === 'huge' ? 36 : 22 }) : initial(of.name),
  );
}
