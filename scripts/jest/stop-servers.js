/** jest's global tear-down. */
export default async function stopServers() {
  await globalThis.stopTestServers?.()
}
