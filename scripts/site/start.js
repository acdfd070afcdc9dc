/* global SwaggerUIBundle */

/** The page of the API reference. It has no build step: the browser runs this file as it is. */

const form = document.querySelector('#sign-in')
const status = document.querySelector('#status')
const signOutButton = document.querySelector('#sign-out')

/** Shows the operations whose name, path or description contains the phrase, and opens their groups. */
const filterPlugin = () => ({
  fn: {
    opsFilter: (groups, phrase) => {
      const wanted = phrase.toLowerCase()
      const contains = (text) => (text ?? '').toLowerCase().includes(wanted)
      return groups
        .map((group, name) =>
          contains(name)
            ? group
            : group.update('operations', (operations) =>
                operations.filter((described) => {
                  const operation = described.get('operation')
                  return (
                    contains(`${described.get('method')} ${described.get('path')}`) ||
                    contains(operation.get('operationId')) ||
                    contains(operation.get('summary'))
                  )
                }),
              ),
        )
        .filter((group) => group.get('operations').size > 0)
    },
  },
  wrapComponents: {
    OperationTag: (Original, { React, layoutSelectors }) => {
      return function OpenWhileFiltering(props) {
        const phrase = layoutSelectors.currentFilter()
        const isFiltering = typeof phrase === 'string' && phrase !== ''
        const getConfigs = () => ({ ...props.getConfigs(), docExpansion: 'list' })
        return React.createElement(Original, isFiltering ? { ...props, getConfigs } : props)
      }
    },
  },
})

/** Shows a heading above the first tag of each group of tags. */
const groupPlugin = () => ({
  wrapComponents: {
    OperationTag: (Original, { React, specSelectors }) => {
      return function WithGroup(props) {
        const group = specSelectors
          .specJson()
          .get('x-tagGroups')
          ?.find((one) => one.get('tags').first() === props.tag)
        const tag = React.createElement(Original, props)
        if (!group) return tag
        return React.createElement(
          React.Fragment,
          {},
          React.createElement('h2', { className: 'group' }, group.get('name')),
          tag,
        )
      }
    },
  },
})

/** Shows the code samples of an operation below its parameters. */
const samplesPlugin = () => ({
  wrapComponents: {
    parameters: (Original, { React }) => {
      return function WithSamples(props) {
        const samples = props.operation?.get('x-codeSamples')?.toJS() ?? []
        // The samples have an example of an address.
        const here = (source) => source.replaceAll('https://pictures.example.com', location.origin)
        const sample = ({ label, source }) =>
          React.createElement(
            'details',
            { key: label },
            React.createElement('summary', {}, label),
            React.createElement('pre', {}, React.createElement('code', {}, here(source))),
          )
        return React.createElement(
          React.Fragment,
          {},
          React.createElement(Original, props),
          samples.length > 0 && React.createElement('div', { className: 'samples' }, samples.map(sample)),
        )
      }
    },
  },
})

/** Shows the codes of an error response in one row. The body of every error response is a `Problem`. */
const errorsPlugin = () => ({
  wrapComponents: {
    response: (Original, { React, getComponent }) => {
      return function ShortForErrors(props) {
        if (!/^[45]/.test(props.code)) return React.createElement(Original, props)
        const cell = (name, ...content) => React.createElement('td', { className: `response-col_${name}` }, ...content)
        const source = props.response.get('description')
        return React.createElement(
          'tr',
          { className: 'response' },
          cell('status', props.code),
          cell('description', React.createElement(getComponent('Markdown', true), { source })),
          cell('links'),
        )
      }
    },
  },
})

/**
 * Removes the examples of optional headers and form fields. Swagger UI fills them in for a request, but the example of an
 * `If-Match` matches no resource, and the example of an `Idempotency-Key` has already been used.
 */
function withoutOptionalValues(document) {
  for (const path of Object.values(document.paths)) {
    for (const operation of Object.values(path)) {
      for (const parameter of operation.parameters ?? []) {
        const header = parameter.$ref ? resolve(document, parameter.$ref) : parameter
        if (header.in === 'header' && !header.required) forgetExample(header)
      }
      const { schema } = operation.requestBody?.content?.['multipart/form-data'] ?? {}
      if (schema) emptyOptionalFields(schema.$ref ? resolve(document, schema.$ref) : schema)
    }
  }
  return document
}

const resolve = (document, reference) =>
  reference
    .slice(2)
    .split('/')
    .reduce((part, name) => part[name], document)

function forgetExample(described) {
  delete described.example
  delete described.examples
  if (described.schema) {
    delete described.schema.example
    delete described.schema.examples
  }
}

/** Without an example, Swagger UI would make one up. */
function emptyOptionalFields({ properties = {}, required = [] }) {
  for (const [name, property] of Object.entries(properties)) {
    if (!required.includes(name)) property.example = property.type === 'array' ? [] : ''
  }
}

const documentUrl = new URL('../openapi.json', location.href).href

const ui = SwaggerUIBundle({
  url: documentUrl,
  requestInterceptor(request) {
    // Swagger UI sends the empty fields of a form, too.
    for (const [name, value] of request.body instanceof FormData ? [...request.body] : []) {
      if (value === '') request.body.delete(name)
    }
    return request
  },
  responseInterceptor(response) {
    if (response.url === documentUrl) response.text = JSON.stringify(withoutOptionalValues(JSON.parse(response.text)))
    return response
  },
  dom_id: '#docs',
  deepLinking: true,
  docExpansion: 'none',
  defaultModelsExpandDepth: 0,
  displayOperationId: true,
  filter: true,
  persistAuthorization: true,
  // The default sends the address of the document to another host.
  validatorUrl: null,
  plugins: [filterPlugin, groupPlugin, samplesPlugin, errorsPlugin],
  onComplete: () => void signInByItself(),
})

let currentToken
let renewal

async function post(path, body, token) {
  const response = await fetch(`/api/v1${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(body),
  })
  const answer = response.status === 204 ? undefined : await response.json()
  if (!response.ok) throw new Error(answer.detail)
  return answer
}

/** Uses the tokens for all requests of the page, and renews them before they expire. */
function useTokens({ accessToken, refreshToken, expiresIn, user }) {
  ui.preauthorizeApiKey('accessToken', accessToken)
  status.textContent = `Signed in as ${user.email}.`
  form.hidden = true
  signOutButton.hidden = false
  currentToken = accessToken
  clearTimeout(renewal)
  const early = Math.min(60, expiresIn / 2)
  renewal = setTimeout(() => void renew(refreshToken), (expiresIn - early) * 1_000)
}

async function renew(refreshToken) {
  try {
    useTokens(await post('/auth/refresh', { refreshToken }))
  } catch (error) {
    forgetTokens(error.message)
  }
}

function forgetTokens(message) {
  clearTimeout(renewal)
  ui.authActions.logoutWithPersistOption(['accessToken'])
  status.textContent = message
  form.hidden = false
  signOutButton.hidden = true
}

async function signIn(credentials) {
  try {
    useTokens(await post('/auth/login', credentials))
  } catch (error) {
    status.textContent = error.message
  }
}

/** In development, the file beside this page has the email address and the password of the first administrator. */
async function signInByItself() {
  const response = await fetch('sign-in.json')
  const isJson = response.headers.get('Content-Type')?.includes('json')
  if (response.ok && isJson) await signIn(await response.json())
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  const { email, password } = Object.fromEntries(new FormData(form))
  form.reset()
  void signIn({ email, password })
})

signOutButton.addEventListener('click', async () => {
  await post('/auth/logout', {}, currentToken).catch(() => undefined)
  forgetTokens('')
})
