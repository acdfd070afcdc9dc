import { label, text, uuid } from '@likeness/internal-api'
import { created, noContent, ok, page, pageOf, pageQuery } from '@likeness/service-kit/http'
import { problems } from '@likeness/service-kit/process'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { changeTag } from './change-tag.ts'
import { createTag } from './create-tag.ts'
import { deleteTag } from './delete-tag.ts'
import { mergeTags } from './merge-tags.ts'
import { slugOf } from './slug.ts'
import { presentTag, tagSchema } from './tag-presenter.ts'
import { countTags, findTag, listTags, tagOrder } from './tag-rows.ts'

const slug = z
  .string()
  .max(100)
  .refine(
    (value) => value !== '' && slugOf(value) === value,
    'must consist of lower-case letters and digits, separated by hyphens',
  )

const tagId = z.strictObject({ id: uuid.describe('Id of the tag.') })

const tagQuery = pageQuery(tagOrder).extend({
  q: text(100).optional().describe('Only tags whose name or slug starts with this text, ignoring case.'),
})

export const tagRoutes = (context: Context) => [
  route({
    operationId: 'listTags',
    method: 'get',
    path: '/tags',
    access: 'tags:read',
    summary: 'List tags',
    description: 'Sorted by name unless `sort` is given. Use `q` to suggest tags while the user types.',
    query: tagQuery,
    answers: { 200: pageOf(tagSchema) },
    async handle({ query, http }) {
      const rows = await listTags(context.mediasdb, query)
      return page(
        http,
        query,
        rows,
        (shown) => shown.map(presentTag),
        () => countTags(context.mediasdb, query.q),
      )
    },
  }),
  route({
    operationId: 'getTag',
    method: 'get',
    path: '/tags/:id',
    access: 'tags:read',
    summary: 'Get a tag',
    description: 'Returns the tag with the number of media that have it.',
    params: tagId,
    answers: { 200: tagSchema },
    async handle({ params }) {
      const tag = await findTag(context.mediasdb, params.id)
      if (!tag) throw problems.notFound('tag')
      return ok(presentTag(tag))
    },
  }),
  route({
    operationId: 'createTag',
    method: 'post',
    path: '/tags',
    access: 'tags:create',
    summary: 'Create a tag',
    description: 'Names and slugs of tags are unique. Names that differ only in case or accents are the same name.',
    body: z.strictObject({
      name: label(100).describe('Name of the tag, at most 100 characters.'),
      slug: slug
        .optional()
        .describe(
          'Form of the tag in URLs, at most 100 lower-case letters, digits and hyphens. Default: derived from the name.',
        ),
    }),
    answers: { 201: tagSchema },
    problems: ['tag-exists'],
    async handle({ body, caller }) {
      const tag = await createTag(context, body, caller)
      return created(`/api/v1/tags/${tag.id}`, tag)
    },
  }),
  route({
    operationId: 'updateTag',
    method: 'patch',
    path: '/tags/:id',
    access: 'tags:update',
    summary: 'Rename a tag',
    description:
      'Changes the name, the slug, or both. A new name does not change the slug. With `tags:update:own`, you can only ' +
      'change tags that you created.',
    params: tagId,
    body: z.strictObject({
      name: label(100).optional().describe('New name of the tag, at most 100 characters.'),
      slug: slug
        .optional()
        .describe('New form of the tag in URLs, at most 100 lower-case letters, digits and hyphens.'),
    }),
    acceptsMatch: true,
    answers: { 200: tagSchema },
    problems: ['forbidden', 'tag-exists'],
    handle: async ({ params, body, caller, scope, ifMatch }) =>
      ok(await changeTag(context, params.id, body, { caller, scope, ifMatch })),
  }),
  route({
    operationId: 'deleteTag',
    method: 'delete',
    path: '/tags/:id',
    access: 'tags:delete',
    summary: 'Delete a tag',
    description:
      'Removes the tag from all media and deletes the tag. With `tags:delete:own`, you can only delete tags that you ' +
      'created.',
    params: tagId,
    acceptsMatch: true,
    answers: { 204: null },
    problems: ['forbidden'],
    async handle({ params, caller, scope, ifMatch }) {
      await deleteTag(context, params.id, { caller, scope, ifMatch })
      return noContent()
    },
  }),
  route({
    operationId: 'mergeTag',
    method: 'post',
    path: '/tags/:id/merge',
    access: 'tags:update',
    summary: 'Merge a tag into another tag',
    description:
      'All media with this tag get the tag `into`, and this tag is deleted. With `tags:update:own`, you can only merge ' +
      'tags that you created.',
    params: tagId,
    body: z.strictObject({ into: uuid.describe('Id of the tag that remains.') }),
    acceptsMatch: true,
    answers: { 200: tagSchema },
    problems: ['forbidden'],
    handle: async ({ params, body, caller, scope, ifMatch }) =>
      ok(await mergeTags(context, params.id, body.into, { caller, scope, ifMatch })),
  }),
]
