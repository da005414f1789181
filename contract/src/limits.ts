const KiB = 1024
const MiB = 1024 * KiB

/** Bounds of wire version 1. Sizes in bytes. */
export const limits = {
  /** One gzip member as stored and sent. */
  memberBytes: 256 * KiB,
  /** One member, decompressed; so also one batch. */
  memberTextBytes: 1 * MiB,
  /** One request body. */
  requestBytes: 4 * MiB,
  /** One request body, decompressed. */
  requestTextBytes: 16 * MiB,
  /** Decompressed to compressed, judged only above {@link limits.ratioFromBytes}: an idle machine honestly has 42:1. */
  ratio: 200,
  ratioFromBytes: 1 * MiB,
  /** The envelope line: a gateway that restarts every hour for 90 days names 4,320 streams. */
  envelopeBytes: 2 * MiB,
  envelopeStreams: 16_384,
  requestBatches: 65_536,
  batchEntries: 65_536,
  /** Points of one sample. */
  samplePoints: 4096,
  /** A value that is a text, and every other free text of an entry, in characters. */
  textLength: 16_384,
  /** Intervals that one gap or summary may name. */
  namedIntervals: 65_536,
  /** Nesting of an entry of unknown kind, and of unknown fields. */
  depth: 16,
  /** A receipt's body, in characters. */
  receiptLength: 16 * MiB,
} as const

/** Whether a body that has grown to `textBytes` from `bytes` is a decompression bomb rather than an idle machine. */
export function isBomb(bytes: number, textBytes: number): boolean {
  return textBytes > limits.ratioFromBytes && textBytes > bytes * limits.ratio
}
