import { Agent, get } from 'node:http'

/** Clients, each of which sends its next request when it has the whole response. */
const [, , url = '', count = ''] = process.argv

const agent = new Agent({ keepAlive: true })
const ask = (): void => {
  get(url, { agent }, (response) => response.resume().once('end', ask)).on('error', () => process.exit(1))
}
for (let client = 0; client < Number(count); client++) ask()
