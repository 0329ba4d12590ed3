/** Workers import `.bin` files as data. */
declare module "*.bin" {
  const data: ArrayBuffer;
  export default data;
}
