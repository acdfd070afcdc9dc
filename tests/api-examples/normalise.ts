import type { Exchanges } from './recorder.ts'

/** The values of fields that are secret, or that differ in each run and that no pattern recognises. */
const fixedFields: Record<string, string> = {
  accessToken: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTk5MDAwMC0wMDAwIn0.c2lnbmF0dXJl',
  access_token: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTk5MDAwMC0wMDAwIn0.c2lnbmF0dXJl',
  refreshToken: 'ZXhhbXBsZS1yZWZyZXNoLXRva2Vu',
  deviceToken: 'ZXhhbXBsZS1kZXZpY2UtdG9rZW4',
  token: 'ZXhhbXBsZS1pbnZpdGF0aW9u',
  next: 'WyItY3JlYXRlZEF0Il0',
  ETag: '"q3yqVQ0vHc4FbTtOeGf6Jw2dXoA"',
  kid: 'example-key',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  'If-Match': '"q3yqVQ0vHc4FbTtOeGf6Jw2dXoA"',
}

const day = 86_400_000

/**
 * Replaces everything in recorded exchanges that is secret or differs in each run: ids, times, tokens, addresses. Equal
 * values stay equal, so that the examples tell one story.
 */
export function normalise(exchanges: Exchanges, now: Date): Exchanges {
  const ids = new Map<string, string>()
  const idOf = (id: string) => {
    const known = ids.get(id) ?? `01990000-0000-7000-8000-${String(ids.size + 1).padStart(12, '0')}`
    ids.set(id, known)
    return known
  }
  const times = timesIn(exchanges, now)
  const text = (value: string): string =>
    value
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, idOf)
      .replaceAll(isoTime, (time) => times.get(time) ?? time)
      // The suffix that makes a name unique in the system that all tests share.
      .replaceAll(/-[0-9a-f]{8}(?![\w-])/g, '')
      .replaceAll(/\b[\w.-]+:\d+:[0-9a-f]{4}\b/g, 'media-worker-1:7:1f3a')
      .replaceAll(/\bkey_[\w-]{43}/g, `key_${'A'.repeat(43)}`)
      .replaceAll(/http:\/\/(127\.0\.0\.1|localhost):\d+/g, 'https://pictures.example.com')
      .replaceAll(/\b127\.0\.0\.1\b/g, '203.0.113.7')
  const change = (value: unknown, name = ''): unknown => {
    if (typeof value === 'string') return fixedFields[name] ?? text(value)
    if (typeof value === 'number' && (name === 'iat' || name === 'exp'))
      return name === 'iat' ? 1_796_115_600 : 1_796_116_500
    if (Array.isArray(value)) return value.map((inner) => change(inner))
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [text(key), change(inner, key)]))
  }
  return change(exchanges) as Exchanges
}

const isoTime = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g

/** New times for the times of the run, in the same order, a second apart. Other times, such as that of a photo, stay. */
function timesIn(exchanges: Exchanges, now: Date): Map<string, string> {
  const found = new Set(JSON.stringify(exchanges).match(isoTime))
  const recent = [...found].filter((time) => Math.abs(Date.parse(time) - now.getTime()) < day)
  const start = Date.parse('2026-12-01T09:00:00.000Z')
  return new Map(recent.sort().map((time, index) => [time, new Date(start + index * 1_000).toISOString()]))
}
