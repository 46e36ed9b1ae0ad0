// The dialogs of cards, bank accounts, top-ups and withdrawals: fetched when one is first opened, with their words and their sheet.
import { later, styled, worded } from '../../app/later.js';

/** @template M @param {Promise<M>} part */
const dressed = (part) => worded('wallet', styled('funding', part));

export const openTopUp = later(() => dressed(import('./fund-dialog.js')), 'openTopUp');
export const openWithdraw = later(() => dressed(import('./fund-dialog.js')), 'openWithdraw');
export const openAddMethod = later(() => dressed(import('./add-method.js')), 'openAddMethod');
