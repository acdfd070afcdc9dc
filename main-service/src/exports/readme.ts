/** The text of README.txt: the parts that are missing from an export, and why. Empty if nothing is missing. */
export function describeOmissions({ withMedia, gone }: { withMedia: boolean; gone: number }): string {
  return [
    !withMedia &&
      'This export contains no media and no data about media, because the user who requested it does not have the permission to read them (media:read).',
    gone > 0 && `Missing files: ${gone}. They were deleted while this export was generated.`,
  ]
    .filter((line) => line !== false)
    .map((line) => `${line}\n`)
    .join('')
}
