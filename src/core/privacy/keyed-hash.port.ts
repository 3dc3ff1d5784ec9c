/** HMAC-SHA-256 of a text under a key, as lower-case hex. One function for one key. */
export type KeyedHash = (key: string) => (text: string) => string;
