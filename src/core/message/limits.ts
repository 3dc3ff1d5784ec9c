/** Every bound of the codec. What is beyond one is a dead letter that names it, or moves to `extra`, as said here. */
export const MESSAGE_LIMITS = {
  /** JSON objects in one NATS message; the rest of the payload is one dead letter `too_many`. */
  objectsMax: 10_000,
  /** Dead letters of one NATS message; the rest of the payload is one more, `too_many`. */
  deadMax: 1_000,
  /** Bytes of one JSON object; beyond: `too_large`. */
  messageBytesMax: 262_144,
  /** Nesting of a value that is kept in `extra`; beyond: `too_deep`. */
  depthMax: 32,
  /** Names in `extra`; beyond: `too_large`. */
  extraFieldsMax: 256,
  /** UTF-16 units of `extra` as JSON; beyond: `too_large`. */
  extraCharsMax: 65_536,
  /** `id`; beyond: `bad_field`. */
  idCharsMax: 256,
  /** `version`; beyond: `bad_field`. */
  versionCharsMax: 128,
  /** Any other short string: source, conversation, author, campaign, a tag; beyond: moved to `extra`. */
  lineCharsMax: 256,
  /** `url`, and an item of `links` or `media`; beyond: moved to `extra`. */
  urlCharsMax: 2_048,
  /** Items of `tags`, `mentions`, `links`, `media`; the others are moved to `extra`. */
  listItemsMax: 64,
  /** UTF-16 units of the normalized text; the rest is cut off. */
  textCharsMax: 4_096,
  /** UTF-16 units of the text as sent that are looked at, so that markup has room; the rest is cut off. */
  textCharsReadMax: 32_768,
  /** Combining marks and joiners in a row; the rest are dropped. */
  marksMax: 8,
} as const;
