/** What an export does not have, and why; '' where it has all. */
export function describeOmissions({ withMedia, gone }: { withMedia: boolean; gone: number }): string {
  return [
    !withMedia &&
      'The pictures and what is said of them are not in this export: whoever asked for it may not read them.',
    gone > 0 && `${gone} of the files were deleted while this export was made, and are not in it.`,
  ]
    .filter((line) => line !== false)
    .map((line) => `${line}\n`)
    .join('')
}
