import type { ErrorEntry, ErrorSection } from './error-reference.ts'

/**
 * The page `/docs/errors`. The code itself is the fragment of its URL.
 *
 * @param name the service or the product whose codes the page has
 * @param stylesheet the path of a file with `errorsStyle`, for a page that must not have inline styles
 */
export function errorsPage(name: string, sections: ErrorSection[], stylesheet?: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Error codes of ${escape(name)}</title>
    ${stylesheet === undefined ? `<style>${errorsStyle}</style>` : `<link rel="stylesheet" href="${escape(stylesheet)}" />`}
  </head>
  <body>
    <h1>Error codes of ${escape(name)}</h1>
    <p>
      Every error response has a body of the type <code>application/problem+json</code> (RFC 9457). Its
      <code>code</code> never changes, so programs can check it. Its <code>type</code> links to the code on this page. Its
      <code>detail</code> describes the error for people, and its <code>requestId</code> identifies the request in the
      logs.
    </p>
    <p><a href="/docs/">API reference</a></p>
${sections.map(drawSection).join('\n')}
  </body>
</html>
`
}

function drawSection({ title, introduction, entries }: ErrorSection): string {
  const links = entries.map(({ code }) => `<a href="#${code}">${code}</a>`)
  return `    <h2>${inline(title)}</h2>
    <p>${inline(introduction)}</p>
    <nav>${links.join(' ')}</nav>
${entries.map(drawEntry).join('\n')}`
}

function drawEntry({ code, statuses, meaning, cause, action }: ErrorEntry): string {
  const status = statuses.length > 0 ? `Status ${statuses.join(' or ')}. ` : ''
  return `    <section id="${code}">
      <h3><a href="#${code}">${code}</a></h3>
      <p>${status}${inline(meaning)}</p>
      <dl>
        <dt>Cause</dt><dd>${inline(cause)}</dd>
        <dt>What to do</dt><dd>${inline(action)}</dd>
      </dl>
    </section>`
}

const escape = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const inline = (text: string) => escape(text).replace(/`([^`]+)`/g, '<code>$1</code>')

/** The style is inline, because Helmet's default policy allows inline styles (but not inline scripts). */
export const errorsStyle = `
      :root { color-scheme: light dark; }
      body { font: 16px/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; }
      h2 { margin-top: 3rem; border-bottom: 1px solid; }
      h3 { margin-bottom: 0; font-family: ui-monospace, monospace; }
      h3 a { color: inherit; text-decoration: none; }
      nav { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; }
      nav, code { font-family: ui-monospace, monospace; font-size: 0.875em; }
      section:target { outline: 2px solid; outline-offset: 0.75rem; }
      p { margin: 0.25rem 0; }
      dl { margin: 0.25rem 0 1.5rem; }
      dt { font-weight: bold; }
      dd { margin: 0; }
    `
