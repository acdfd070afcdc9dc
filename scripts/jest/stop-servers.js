/** jest's global tear-down: stops the servers, and writes the run's last line. */
export default async function stopServers() {
  await globalThis.stopTestServers?.()
  if (globalThis.lastLine) process.stdout.write(`${globalThis.lastLine}\n`)
}
