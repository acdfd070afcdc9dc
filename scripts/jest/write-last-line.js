/** The last global tear-down: writes the last line of the run, after all output of jest. */
export default function writeLastLine() {
  if (globalThis.lastLine) process.stdout.write(`${globalThis.lastLine}\n`)
}
