// What the server compares with the oldest page it still serves.
export const VERSION = '0.1.0';
