/** The text of README.txt: what is missing from an export, and why. '' when nothing is missing. */
export function describeOmissions({ withMedia, gone }: { withMedia: boolean; gone: number }): string {
  return [
    !withMedia &&
      'This export contains no media and no data about media, because the user who requested it may not read them.',
    gone > 0 && `${gone} files are missing, because they were deleted while this export was created.`,
  ]
    .filter((line) => line !== false)
    .map((line) => `${line}\n`)
    .join('')
}
