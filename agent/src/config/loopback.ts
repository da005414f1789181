const loopback = /^(localhost|127(\.\d+){3}|\[::1\]|::1)$/

/** Whether what is sent to a host stays on this machine. */
export function isLoopback(host: string): boolean {
  return loopback.test(host)
}
