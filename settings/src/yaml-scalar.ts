/** Words that YAML 1.1 or 1.2 takes for a boolean or for nothing. */
const notText = /^(true|false|null|yes|no|on|off|y|n)$/i

/** A text as it is written in YAML, also within braces: in quotes where it could be taken for anything else. */
export function yamlScalar(text: string): string {
  return /^[A-Za-z][\w./-]*$/.test(text) && !notText.test(text) ? text : JSON.stringify(text)
}
