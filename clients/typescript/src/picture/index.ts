export { createPicture } from './create-picture.ts'
export { pictureProps, type PictureMedia, type PictureOptions, type PictureProps } from './picture-props.ts'
