import type { Request } from 'express'

import { mimeTypeOf } from '../ingest/identify-file.ts'
import { mediaProblems } from '../problems.ts'
import type { SizeJson, VersionJson } from '../versions/version-rows.ts'

/**
 * The row of a preset: in the format that is named, or in the best that the client accepts.
 *
 * @throws {Problem} 404 `size-not-ready`, `no-such-preset`, `no-such-format`; 406 `not-acceptable`.
 */
export function chooseSize(
  version: VersionJson,
  preset: string,
  format: string | undefined,
  request: Request,
): SizeJson {
  const sizes = version.sizes.filter((size) => size.preset === preset)
  if (sizes.length === 0) {
    throw version.status === 'ready' ? mediaProblems.noSuchPreset() : mediaProblems.sizeNotReady(version.status)
  }
  const chosen = format === undefined ? negotiate(sizes, request) : sizes.find((size) => size.format === format)
  if (!chosen) throw mediaProblems.noSuchFormat()
  return chosen
}

/**
 * What a client asks for by name wins: AVIF is smaller, and every client that can show it says so. Who accepts
 * anything (`*` + `/*`, as curl and old libraries send) gets the format that everything can read.
 */
function negotiate(sizes: SizeJson[], request: Request): SizeJson {
  const byName = (name: string) => sizes.find(({ format }) => format === name)
  const widestRead = byName('jpeg') ?? byName('webp') ?? sizes[0]
  const smallest = byName('avif')
  if (smallest && namesType(request, 'image/avif')) return smallest
  const others = [widestRead, ...sizes].filter((size) => size !== undefined)
  const accepted = request.accepts(others.map(({ format }) => mimeTypeOf(format)))
  const chosen = others.find(({ format }) => mimeTypeOf(format) === accepted)
  if (!chosen) throw mediaProblems.notAcceptable(sizes.map(({ format }) => mimeTypeOf(format)))
  return chosen
}

function namesType(request: Request, mimeType: string): boolean {
  return (request.get('accept') ?? '').split(',').some((range) => {
    const [type, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const quality = parameters.find((parameter) => parameter.startsWith('q='))
    return type === mimeType && Number(quality?.slice(2) ?? 1) > 0
  })
}
