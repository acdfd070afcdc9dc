/** A profile of grey with linear light (ICC.1:2001-04). */
export function greyProfile(): Buffer {
  const curve = Buffer.from('curv\0\0\0\0\0\0\0\0', 'latin1')
  // libpng ignores a profile whose compressed form is shorter than about 100 bytes.
  const text = Buffer.from(Array.from({ length: 160 }, (_, index) => (index * index * 31) % 251))
  const tags: [string, Buffer][] = [
    ['kTRC', curve],
    ['cprt', text],
  ]
  const head = Buffer.alloc(132 + tags.length * 12)
  head.writeUInt32BE(head.length + curve.length + text.length)
  head.writeUInt32BE(0x02_40_00_00, 8)
  head.write('mntrGRAYXYZ ', 12, 'latin1')
  head.write('acsp', 36, 'latin1')
  for (const [index, part] of [0.9642, 1, 0.8249].entries()) {
    head.writeInt32BE(Math.round(part * 65_536), 68 + index * 4)
  }
  head.writeUInt32BE(tags.length, 128)
  let at = head.length
  for (const [index, [name, tag]] of tags.entries()) {
    head.write(name, 132 + index * 12, 'latin1')
    head.writeUInt32BE(at, 136 + index * 12)
    head.writeUInt32BE(tag.length, 140 + index * 12)
    at += tag.length
  }
  return Buffer.concat([head, curve, text])
}
