import { describe, expect, it } from '@jest/globals'
import type { Problem } from '@likeness/service-kit/process'

type Catalogue = Record<string, (...values: unknown[]) => Problem>

interface Made extends Pick<Problem, 'status' | 'code' | 'message'> {
  /** `mainProblems.emailTaken` */
  factory: string
}

const catalogues = {
  'shared/service-kit/src/process/problem.ts': 'problems',
  'main-service/src/problems.ts': 'mainProblems',
  'auth-service/src/problems.ts': 'authProblems',
  'medias-service/src/problems.ts': 'mediaProblems',
}

/** The callers of these functions supply the code or the sentence. */
const withoutSentence = ['unsupportedMediaType', 'unavailable']

const allowed = new Map([
  // The code of every 415: the sentence names the media type that the route accepts.
  ['unsupported-media-type', 'two sentences'],
  // An upload is forbidden (403), and a restore conflicts with the state of the owner (409).
  ['owner-deleted', 'two statuses'],
])

/** Every problem of the product, with its parameters replaced by the same placeholder. */
async function collectProblems(): Promise<Made[]> {
  const collected: Made[] = []
  // One after another, because jest's module loader fails on concurrent imports.
  for (const [file, name] of Object.entries(catalogues)) {
    const module = (await import(new URL(`../${file}`, import.meta.url).href)) as Record<string, Catalogue>
    for (const [factory, make] of Object.entries(module[name] ?? {})) {
      if (withoutSentence.includes(factory)) continue
      const { status, code, message } = make(placeholder, placeholder)
      collected.push({ status, code, message, factory: `${name}.${factory}` })
    }
  }
  return collected
}

/** Stands for a word, a number, a date or a list. */
const placeholder = Object.assign(['…'], { toISOString: () => '…', toString: () => '…' })

/** The codes whose problems differ in a field, and the problems. */
function clashes(problems: Made[], field: 'status' | 'message') {
  const codes = [...new Set(problems.map(({ code }) => code))]
  return codes
    .map((code) => ({ code, problems: problems.filter((problem) => problem.code === code) }))
    .filter((same) => new Set(same.problems.map((problem) => problem[field])).size > 1)
}

describe('When several services or use cases return a problem', () => {
  it('then its code has one sentence', async () => {
    const problems = await collectProblems()

    expect(problems.length).toBeGreaterThan(60)
    expect(clashes(problems, 'message').filter(({ code }) => allowed.get(code) !== 'two sentences')).toEqual([])
  })

  it('then its code has one status', async () => {
    const problems = await collectProblems()

    expect(clashes(problems, 'status').filter(({ code }) => allowed.get(code) !== 'two statuses')).toEqual([])
  })
})
