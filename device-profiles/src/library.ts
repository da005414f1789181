/** Folder of the built-in profiles: `<vendor>/<model>.yaml`. Lies beside `src` and `dist`. */
export const libraryFolder: URL = new URL('../profiles/', import.meta.url)
