/**
 * Where an archive lives. Cut so that S3 fits: `putIfAbsent` is PUT with `If-None-Match: *`, and nothing depends on
 * metadata, on renaming, or on listing right after a put.
 */
export interface ObjectStore {
  /** Durable when it resolves. `exists` is S3's 412: nothing was changed. Keys are relative, with `/`. */
  putIfAbsent(key: string, bytes: Uint8Array): Promise<'created' | 'exists'>
  /** The whole object; undefined when there is none. */
  get(key: string): Promise<Uint8Array | undefined>
  /** Keys that begin with `prefix`, which ends at a `/`, in no particular order. */
  list(prefix: string): Promise<readonly string[]>
}
