/** The last global tear-down: writes the run's last line, after everything that jest itself writes. */
export default function writeLastLine() {
  if (globalThis.lastLine) process.stdout.write(`${globalThis.lastLine}\n`)
}
